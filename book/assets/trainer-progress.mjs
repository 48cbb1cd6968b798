// What is known of a run of <convnet-trainer>: it comes piece by piece from the worker, and is told in
// a sentence and in curves.
import { chart } from "./trainer-view.mjs";

/** A run of which nothing is known yet. */
export function emptyRun() {
  return { losses: [], accuracies: [], tests: [], step: 0, epoch: 0, count: 0, running: false,
    filters: [], wrong: null, mistakes: [0, 0], speed: null, failure: null, loaded: null };
}

/** Adds what the worker tells. */
export function addNews(run, news) {
  for (const name of ["losses", "accuracies", "tests"]) run[name].push(...news[name]);
  for (const name of ["step", "epoch", "count", "side", "running", "filters"]) run[name] = news[name];
  if (news.wrong) Object.assign(run, { wrong: news.wrong, mistakes: news.mistakes });
  run.speed = news.speed ?? run.speed;
}

/** How far the run is, in the words of the figure. */
export function sentenceOf(run, figure) {
  const { step, epoch, losses, tests, mistakes, count, failure, loaded } = run;
  if (failure) return figure.phrase("failed", { message: failure });
  if (!tests.length) return "";
  const values = { step, epoch, count, held: mistakes[1], ...summary(run) };
  if (step === 0 && loaded !== null) return figure.phrase("loaded", { ...values, step: loaded });
  if (step === 0) return figure.phrase("ready", values);
  return Number.isFinite(losses.at(-1)) ? figure.phrase("progress", values) : figure.words.diverged;
}

/** The curves of loss and accuracy, and those of the run before, where there is one. */
export function chartsOf(run, before, figure) {
  const { losses, accuracies, tests, step } = run;
  const first = losses.slice(0, 20).filter(Number.isFinite);
  const most = Math.min(10, Math.max(1, Math.ceil(Math.max(...first, 2.2))));
  const steps = Math.max(step, before?.step ?? 0);
  const points = (list, scale = 1) => list.map((value, at) => [at + 1, value * scale]);
  const words = (name) => ({ title: figure.words[name], steps: figure.words.steps,
    label: figure.phrase(`${name}Label`, { step, ...summary(run) }) });
  const { legendTrain, legendTest, legendBefore } = figure.words;
  const earlier = (list) => (before ? [{ name: legendBefore, kind: "before", points: list(before) }] : []);
  return [
    chart([{ name: legendTrain, kind: "train", points: points(losses) },
      { name: legendTest, kind: "test", points: tests.map(([at, , loss]) => [at, loss]) },
      ...earlier((one) => points(smooth(one.losses)))],
    steps, most, words("loss")),
    chart([{ name: legendTrain, kind: "train", points: points(smooth(accuracies), 100) },
      { name: legendTest, kind: "test", points: tests.map(([at, share]) => [at, 100 * share]) },
      ...earlier((one) => one.tests.map(([at, share]) => [at, 100 * share]))],
    steps, 100, words("accuracy")),
  ];
}

function summary({ losses, accuracies, tests }) {
  return { loss: round(losses.at(-1)), train: percent(mean(accuracies.slice(-20))),
    test: percent(tests.at(-1)?.[1]) };
}

function mean(values) {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : 0;
}

/** Each value averaged with those of up to ten steps before it: a batch alone says little. */
function smooth(values) {
  return values.map((_, at) => mean(values.slice(Math.max(0, at - 10), at + 1)));
}

function round(value) {
  return Number.isFinite(value) ? value.toPrecision(3) : "–";
}

function percent(share) {
  return Number.isFinite(share) ? (100 * share).toFixed(1) : "–";
}
