// The words that several figures share; a page in another language gives them as "figure".
export const WORDS = { cell: "row {row}, column {column}: {value}" };
