"use strict";
// The one script of the course's pages. What it shows comes from the page and goes in as text.
const $ = (name) => document.getElementById(name);
const answers = [...document.querySelectorAll("article")];
const boxes = [...document.querySelectorAll("#items input")];
const most = Number(document.body.dataset.most);
let current = -1;
let saving = Promise.resolve(true);
let asked = ""; // which points for which blank answer the marker was asked to confirm

const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
const number = (text) => (text === "" ? "" : String(Number(text)));
const fields = () => ({ points: number($("points").value), items: chosen().join(" "), comment: $("comment").value.trim() });
const stored = (answer) => ({ points: number(answer.dataset.points), items: answer.dataset.items, comment: answer.dataset.comment });
const differs = (answer) => {
  const now = fields(), then = stored(answer);
  return Object.keys(now).some((name) => now[name] !== then[name]);
};

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").classList.toggle("bad", bad);
}

function fill(answer) {
  const { points, items, comment } = stored(answer);
  const ids = items.split(" ");
  $("points").value = points;
  $("comment").value = comment;
  for (const box of boxes) box.checked = ids.includes(box.value);
}

function rubricPoints() {
  const start = boxes.every((box) => Number(box.dataset.points) <= 0) ? most : 0;
  const sum = boxes.filter((box) => box.checked).reduce((total, box) => total + Number(box.dataset.points), start);
  return Math.round(1e6 * Math.min(Math.max(sum, 0), most)) / 1e6;
}

function count() {
  const waiting = answers.filter((answer) => answer.dataset.waits === "1").length;
  $("marked").textContent = String(Number($("marked").dataset.elsewhere) + answers.length - waiting);
}

async function send(address, data) {
  let reply;
  try {
    reply = await fetch(address, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(data) });
    return { ok: reply.ok, ...(await reply.json()) };
  } catch {
    return { ok: false, error: "The server does not answer: is autograder serve still running? Nothing is lost on this page." };
  }
}

function show(answer, news) {
  answer.dataset.version = news.version;
  answer.dataset.points = news.points === null ? "" : String(news.points);
  answer.dataset.items = news.items.join(" ");
  answer.dataset.comment = news.comment;
  answer.dataset.waits = news.waits ? "1" : "";
  answer.querySelector(".state").textContent = news.state;
  count();
}

// Asks once before a blank answer gets points: a digit may have been meant for another answer.
function isUnwanted(answer, points) {
  const wish = `${answer.dataset.key} ${points}`;
  if (!answer.dataset.blank || !Number(points) || number(answer.dataset.points) === points || asked === wish) return false;
  asked = wish;
  say(`This answer was left blank. Save once more to give it ${points} of ${most} points all the same.`, true);
  return true;
}

// Saves what stands in the panel for an answer; whether it is saved now.
async function save(answer, force = false) {
  if (!force && !differs(answer)) return true;
  if (!force && answer.dataset.conflict) {
    say(answer.dataset.conflict, true); // to move on must not replace another marker's mark
    return false;
  }
  if (!$("points").checkValidity()) {
    say(`Points go from 0 to ${most}.`, true);
    return false;
  }
  const { points, comment } = fields();
  if (isUnwanted(answer, points)) return false;
  say("Saving …");
  const news = await send("save", {
    key: answer.dataset.key, version: answer.dataset.version, points: points === "" ? null : Number(points),
    items: chosen(), comment, by: document.body.dataset.by,
  });
  if (news.answer) {
    show(answer, news.answer); // another marker's, where it is refused
    answer.dataset.conflict = news.ok ? "" : news.error;
    if (!news.ok) answer.focus({ preventScroll: true }); // out of a field, where u is a letter
  }
  if (!news.ok) {
    say(news.error, true);
    return false;
  }
  say(`Saved: ${news.answer.state}.`);
  if (comment) reuse(comment);
  return true;
}

function reuse(text) {
  const list = document.querySelector("#reused ul");
  if ([...list.querySelectorAll("button")].some((button) => button.textContent === text)) return;
  const entry = list.appendChild(document.createElement("li"));
  const button = entry.appendChild(document.createElement("button"));
  button.type = "button";
  button.textContent = text;
}

// Goes to an answer, once the one before is saved.
async function go(index, force = false, scroll = true) {
  if (!answers.length) return;
  const before = answers[current];
  if (before) {
    saving = saving.then(() => save(before, force));
    if (!(await saving)) {
      saving = Promise.resolve(true);
      return;
    }
    before.classList.remove("current");
    before.removeAttribute("aria-current");
  }
  current = Math.min(Math.max(index, 0), answers.length - 1);
  const answer = answers[current];
  answer.classList.add("current");
  answer.setAttribute("aria-current", "true");
  fill(answer);
  const who = answer.querySelector(".who");
  $("which").textContent = `Answer ${current + 1} of ${answers.length}` + (who ? `: ${who.textContent}` : "");
  if (scroll) answer.scrollIntoView({ block: "start" });
  answer.focus({ preventScroll: true });
}

function nextWaiting() {
  const after = [...answers.keys()].map((step) => (current + 1 + step) % answers.length);
  const index = after.find((one) => answers[one].dataset.waits === "1" && one !== current);
  return index === undefined ? Math.min(current + 1, answers.length - 1) : index;
}

// What was left blank has its 0 from grading, so that nobody needs to look at it.
function nextWritten() {
  const index = answers.findIndex((answer, one) => one > current && (!answer.dataset.blank || answer.dataset.waits === "1"));
  return index < 0 ? current : index;
}

const next = () => go(current + 1);
const done = () => go(nextWritten(), true);
// Puts into the panel what is saved, in place of what was typed.
function undo() {
  const answer = answers[current];
  if (!answer) return;
  answer.dataset.conflict = "";
  fill(answer);
  say("");
}

const setPoints = (value) => { $("points").value = value; };
const toggle = (box) => { if (box) { box.checked = !box.checked; setPoints(rubricPoints()); } };
const comment = () => { $("more").open = true; $("comment").focus(); };
const openReused = () => { $("more").open = true; $("reused").open = true; (document.querySelector("#reused button") ?? $("reused").firstElementChild).focus(); };
const KEYS = {
  j: next, ArrowDown: next, k: () => go(current - 1), ArrowUp: () => go(current - 1), n: () => go(nextWaiting()),
  u: undo, Enter: done, f: () => setPoints(most), z: () => setPoints(0),
  p: () => $("points").select(), c: comment, r: openReused, "?": () => { $("keys").open = true; },
};

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input, textarea, select");
  const isText = field && field.type !== "checkbox";
  if (event.key === "Escape") {
    document.activeElement.blur();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey || field === $("points"))) {
    event.preventDefault();
    done();
  } else if (!isText && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (event.target.closest("button, a, summary") && ["Enter", " "].includes(event.key)) return;
    if (/^[0-9]$/.test(event.key)) {
      if (boxes.length) {
        event.preventDefault();
        toggle(boxes[Number(event.key) - 1]);
      } else {
        $("points").value = "";
        $("points").focus(); // the digit itself follows
      }
    } else if (KEYS[event.key]) {
      event.preventDefault();
      KEYS[event.key]();
    }
  }
});

$("mark").addEventListener("submit", (event) => { event.preventDefault(); done(); });
$("previous").addEventListener("click", () => go(current - 1));
$("next").addEventListener("click", next);
$("full").addEventListener("click", () => setPoints(most));
$("none").addEventListener("click", () => setPoints(0));
$("back").addEventListener("click", () => { setPoints(""); for (const box of boxes) box.checked = false; });
$("items").addEventListener("change", () => setPoints(rubricPoints()));
$("reused").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  $("comment").value = [$("comment").value.trim(), button.textContent].filter(Boolean).join("\n\n");
  $("comment").focus();
});
$("answers").addEventListener("click", (event) => {
  const index = answers.indexOf(event.target.closest("article"));
  if (index >= 0 && index !== current && !String(getSelection())) go(index);
});

$("add").addEventListener("click", () => {
  const entry = document.querySelector("#edit ol").appendChild(document.createElement("li"));
  const points = Object.assign(entry.appendChild(document.createElement("input")), { type: "number", step: "any", value: "1" });
  const text = Object.assign(entry.appendChild(document.createElement("input")), { maxLength: 500 });
  const remove = Object.assign(entry.appendChild(document.createElement("button")), { type: "button", className: "remove", textContent: "Remove" });
  points.setAttribute("aria-label", "Points");
  text.setAttribute("aria-label", "Text");
  remove.before(" ");
  text.focus();
});
$("edit").addEventListener("click", (event) => { if (event.target.closest(".remove")) event.target.closest("li").remove(); });
$("edit").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (answers[current] && !(await save(answers[current]))) return;
  const items = [...document.querySelectorAll("#edit li")].map((entry) => {
    const [points, text] = entry.querySelectorAll("input");
    return { id: entry.dataset.id ?? null, points: Number(points.value), text: text.value.trim() };
  });
  const news = await send("rubric", { items: items.filter((item) => item.text), by: document.body.dataset.by });
  if (!news.ok) return say(news.error, true);
  location.reload();
});

addEventListener("beforeunload", (event) => { if (answers[current] && differs(answers[current])) event.preventDefault(); });
$("marked").dataset.elsewhere = String(Number($("marked").textContent) - answers.filter((answer) => answer.dataset.waits !== "1").length);
// On a small screen the answers need the room.
const narrow = matchMedia("(max-width: 56rem)");
const fold = () => { $("more").open = !narrow.matches; };
narrow.addEventListener("change", fold);
fold();
const first = answers.findIndex((answer) => answer.dataset.waits === "1");
go(Math.max(first, 0), false, first > 0); // the question is above the first one
