"""Search the Chinese edition: jieba cuts its sentences into words, the course's terms among them.

Two things differ from Sphinx's own search for Chinese. A question is cut too, by the words that the
index knows: readers write 最大汇聚层的步长 without blanks. And the Latin words of a page are looked
up in a set, since in a list the thousands of them in code cost a third of the build.
"""

import csv
import logging
from pathlib import Path

import jieba
from sphinx.search.zh import SearchChinese

# From the left, the longest word of the index that the question goes on with.
SPLIT = """
function splitQuery(query) {
  const index = Search._index;
  const known = (word) => word in index.terms || word in index.titleterms;
  const words = [];
  for (const part of query.toLowerCase().split(/[^\\p{L}\\p{N}_]+/gu).filter(Boolean)) {
    for (const run of part.match(/\\p{Script=Han}+|[^\\p{Script=Han}]+/gu)) {
      if (!/\\p{Script=Han}/u.test(run)) {
        words.push(run);
        continue;
      }
      for (let start = 0; start < run.length; ) {
        let end = run.length;
        while (end > start + 1 && !known(run.slice(start, end))) end -= 1;
        if (end > start + 1) words.push(run.slice(start, end));
        start = end;
      }
    }
  }
  return words;
}
"""


class Words(set):
    """A set that Sphinx may extend like the list that it has."""

    extend = set.update


class CourseSearch(SearchChinese):
    js_splitter_code = SPLIT

    def init(self, options):
        jieba.setLogLevel(logging.WARNING)
        super().init({})
        self.latin_terms = Words()
        if terms := options.get("terms"):
            with Path(terms).open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    for word in row["chinese"].split("|"):
                        jieba.add_word(word)


def setup(app):
    app.add_search_language(CourseSearch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
