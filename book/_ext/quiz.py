"""Ask the reader: a question, answers to choose from, and a reason for each of them.

    ::::{quiz} What does a filter of 3 × 3 need to keep the size?
    - [ ] no padding

      Then the output loses two rows.
    - [x] padding 1

      $(W - 3 + 2)/1 + 1 = W$.
    ::::

One `[x]` makes radio buttons, several make boxes to tick. The page needs no server: `book.js` says
whether the choice is right and why. Where there is no JavaScript, the reasons unfold.
"""

from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from translation import own_words

MARKS = {"[ ] ": False, "[x] ": True}


class quiz(nodes.General, nodes.Element):
    """The whole: a question, choices, reasons. `name` is unique in the book."""


class question(nodes.General, nodes.TextElement):
    """What is asked, a text that catalogs hold like a paragraph's."""


class choice(nodes.General, nodes.TextElement):
    """An answer to choose: `name`, `number`, `kind` (radio or checkbox)."""


class reasons(nodes.General, nodes.Element):
    pass


class reason(nodes.General, nodes.Element):
    """Why an answer is right or wrong: `right`."""


class Quiz(SphinxDirective):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        page = nodes.make_id(self.env.docname)
        name = f"quiz-{page}-{self.env.new_serialno('quiz') + 1}"
        asked, messages = self.state.inline_text(self.arguments[0], self.lineno)
        answers = self._answers()
        kind = "radio" if sum(right for right, _, _ in answers) == 1 else "checkbox"
        whole = quiz(name=name, kind=kind)
        whole += self._at(self.lineno, question(self.arguments[0], "", *asked, name=name))
        why = reasons()
        for number, (right, first, because) in enumerate(answers):
            text, words = first.rawsource[4:], first.children
            answer = choice(text, "", *words, name=name, number=number, kind=kind)
            whole += self._at(first.line, answer)
            why += reason("", *because, right=right)
        whole += why
        return [whole, *messages]

    def _at(self, line, node):
        """The node with its place, without which it is in no catalog."""
        node.source, node.line = self.env.doc2path(self.env.docname), line
        return node

    def _answers(self):
        """Each answer: whether it is right, its paragraph without the mark, and the reason."""
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        if len(body) != 1 or not isinstance(body[0], nodes.bullet_list):
            raise self.error("a quiz holds a list of answers and nothing else")
        found = [self._answer(item) for item in body[0]]
        if not any(right for right, _, _ in found) or len(found) < 2:
            raise self.error("a quiz needs two answers, and one of them marked [x]")
        return found

    def _answer(self, item):
        first, *because = item.children
        mark = first[0].astext()[:4] if len(first) else ""
        if mark not in MARKS:
            raise self.error(f"an answer begins with [ ] or [x], not {first.astext()[:30]!r}")
        if not because:
            raise self.error(f"the answer {first.astext()[4:34]!r} needs a reason below it")
        first[0] = nodes.Text(first[0].astext()[4:])
        return MARKS[mark], first, because


def open_quiz(self, node):
    words = own_words(self.config)
    group = "radiogroup" if node["kind"] == "radio" else "group"
    labelled = f'role="{group}" aria-labelledby="{node["name"]}"'
    title = words("Check yourself")
    self.body.append(f'<div class="quiz" {labelled}>\n<p class="quiz-title">{title}</p>\n')


def open_question(self, node):
    self.body.append(f'<p class="quiz-question" id="{node["name"]}">')


def open_choice(self, node):
    one = f"{node['name']}-{node['number']}"
    button = f'<input type="{node["kind"]}" name="{node["name"]}" id="{one}"{spoken(node)}>'
    self.body.append(f'<p class="quiz-choice">{button} <label for="{one}">')


def spoken(node):
    """A name for an answer that is a formula and nothing else: not everybody finds its text."""
    if any(isinstance(part, nodes.Text) and part.strip() for part in node.children):
        return ""
    words = node.astext().replace("\\times", "×").replace("\\cdot", "·")
    return f' aria-label="{escape(words)}"'


def open_reasons(self, node):
    words = own_words(self.config)
    title = words("Answers")
    self.body.append(f'<details class="quiz-reasons"><summary>{title}</summary>\n<ol>\n')


def open_reason(self, node):
    words = own_words(self.config)
    verdict = words("Right.") if node["right"] else words("No.")
    right = "true" if node["right"] else "false"
    self.body.append(f'<li data-right="{right}"><strong>{verdict}</strong> ')


def close(text):
    return lambda self, node: self.body.append(text)


def setup(app):
    for node, opened, closed in (
        (quiz, open_quiz, "</div>\n"),
        (question, open_question, "</p>\n"),
        (choice, open_choice, "</label></p>\n"),
        (reasons, open_reasons, "</ol></details>\n"),
        (reason, open_reason, "</li>\n"),
    ):
        app.add_node(node, html=(opened, close(closed)))
    app.add_directive("quiz", Quiz)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
