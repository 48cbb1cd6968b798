"""The pages that students get, and what makes text and formulas safe to show on a page."""
