// Trains in a thread of its own, so that the page never waits. Messages in: {act: "make", settings,
// weights}, where weights of a saved network may be given, {act: "run"}, {act: "pause"}, {act: "step"},
// {act: "set", settings} for what may change meanwhile, {act: "save"}.
// Out: {kind: "progress", ...} with what is new since the last, {kind: "weights", ...} to be saved.
import { build, parameters } from "./net-math.mjs";
import { decoded } from "./reading-math.mjs";
import { evaluate, initialize, seeded, startRun, trainStep } from "./training-math.mjs";
import { DIGITS } from "./trainer-digits.mjs";

const SLICE_MS = 60; // between two looks at the messages
const EVALUATE_EVERY = 10; // steps: the same ones in each run
const MOST_WRONG = 18;

let [run, held, running, number, fresh] = [null, null, false, 0, null];

self.addEventListener("message", async ({ data: { act, settings, serial, weights } }) => {
  if (act === "make") {
    running = false;
    number = serial;
    const data = await pictures(settings.data);
    if (serial !== number) return; // another one was asked for meanwhile
    make(data, settings, weights);
    report(true);
  }
  if (act === "set" && run) Object.assign(run.settings, settings);
  if (act === "pause") {
    running = false;
    if (run) report(true);
  }
  if (act === "save" && run) {
    const { layers, step: steps } = run;
    self.postMessage({ kind: "weights", serial: number, step: steps, weights: parameters(layers) });
  }
  if (act === "step" && run) {
    running = false;
    step();
    report(true);
  }
  if (act === "run" && run && !running) {
    running = true;
    slice();
  }
});

/** Pictures and labels of a data module, as the network takes them. */
async function pictures(name) {
  if (name === "digits") {
    const zeros = (sign) => "a".repeat(sign.charCodeAt(0) - 64); // B is aa, C is aaa
    const letters = DIGITS.pixels.replace(/[A-Z]/g, zeros);
    return unpack(DIGITS, (at) => letters.charCodeAt(at) - 97); // a is 0
  }
  const { CLOTHES } = await import("./trainer-clothes.mjs");
  const packed = decoded(CLOTHES.pixels); // two pixels a byte
  return unpack(CLOTHES, (at) => (packed[at >> 1] >> (at % 2 ? 0 : 4)) & 15);
}

function unpack({ side, most, labels, mean, spread, train }, pixel) {
  const all = labels.map((_, n) => Float64Array.from({ length: side * side },
    (__, at) => (pixel(n * side * side + at) / most - mean) / spread));
  return { side, train, pictures: all, labels };
}

function make({ side, train, pictures: all, labels }, settings, weights) {
  const random = seeded(settings.seed);
  const layers = build(settings.specs, [1, side, side]);
  initialize(layers, random);
  if (weights) parameters(layers).forEach((array, at) => array.set(weights[at]));
  const count = settings.few ? 20 : train;
  run = startRun(layers, all.slice(0, count), labels.slice(0, count), { ...settings }, random);
  held = { pictures: all.slice(train), labels: labels.slice(train), side };
  fresh = { losses: [], accuracies: [], tests: [], wrong: null };
  look();
}

function step() {
  const { loss, accuracy } = trainStep(run);
  fresh.losses.push(loss);
  fresh.accuracies.push(accuracy);
  if (run.step % EVALUATE_EVERY === 0) look();
  if (!Number.isFinite(loss)) running = false;
}

/** Tries the network on the pictures that it does not learn from. */
function look() {
  const found = evaluate(run.layers, held.pictures, held.labels);
  fresh.tests.push([run.step, found.accuracy, found.loss]);
  fresh.wrong = found.wrong.slice(0, MOST_WRONG).map(({ at, guess }) =>
    ({ picture: held.pictures[at], label: held.labels[at], guess }));
  fresh.mistakes = [found.wrong.length, held.labels.length];
}

function slice() {
  if (!running) return;
  const [start, before] = [performance.now(), run.step];
  while (running && performance.now() - start < SLICE_MS) step();
  const seconds = (performance.now() - start) / 1000;
  fresh.speed = ((run.step - before) * run.settings.batch) / seconds;
  report(false);
  setTimeout(slice, 0); // here the messages come in
}

function report(done) {
  const filters = run.layers.filter(({ kind }) => kind === "CONV").map((layer) =>
    ({ weight: layer.weight, shape: [layer.bias.length, layer.in[0], layer.kernel] }));
  const { step: steps, epoch, pictures: { length } } = run;
  self.postMessage({ kind: "progress", serial: number, step: steps, epoch, count: length,
    side: held.side, running, done, filters, ...fresh });
  fresh = { losses: [], accuracies: [], tests: [], wrong: null };
}
