"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const names = data.criteria.map((criterion) => criterion.name);
const items = data.pages.flatMap((page) => page.summaries.map((summary) => summary.item));
const answers = new Map(items.map((item) => [item, {}]));
const at = (id) => document.getElementById(id);
let current = 0;

function element(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// What the browser kept is used as far as it fits this form.
function load() {
  let kept = {};
  try {
    kept = JSON.parse(localStorage.getItem(data.storage)) || {};
  } catch {
    return;
  }
  for (const [item, answer] of answers) {
    const old = Object.hasOwn(kept, item) && kept[item] ? kept[item] : {};
    for (const name of names) {
      if (Number.isInteger(old[name]) && old[name] >= data.lowest && old[name] <= data.highest) answer[name] = old[name];
    }
    if (typeof old.comment === "string") answer.comment = old.comment;
  }
}

function save() {
  try {
    localStorage.setItem(data.storage, JSON.stringify(Object.fromEntries(answers)));
  } catch {
    at("status").textContent = "This browser does not keep your answers: download them before you close the page.";
  }
  count();
}

function rated(item) {
  return names.filter((name) => answers.get(item)[name] !== undefined).length;
}

function count() {
  const done = items.reduce((sum, item) => sum + rated(item), 0);
  const all = items.length * names.length;
  at("progress").max = all;
  at("progress").value = done;
  at("count").textContent = `${done} of ${all} ratings`;
  at("open").disabled = done === all;
}

function scale(item, criterion) {
  const group = `${item}-${criterion.name}`;
  const clear = element("button", { type: "button", class: "clear" }, "clear");
  const hint = element("span", { class: "hint" }, criterion.question);
  const field = element("fieldset", { "data-item": item, "data-criterion": criterion.name });
  const row = element("div", { class: "scale" });
  const show = () => {
    clear.hidden = answers.get(item)[criterion.name] === undefined;
  };
  for (let value = data.lowest; value <= data.highest; value += 1) {
    const radio = element("input", { type: "radio", name: group, value: String(value) });
    radio.checked = answers.get(item)[criterion.name] === value;
    if (value === data.lowest) radio.setAttribute("aria-description", criterion.worst);
    if (value === data.highest) radio.setAttribute("aria-description", criterion.best);
    radio.addEventListener("change", () => {
      answers.get(item)[criterion.name] = value;
      show();
      save();
    });
    row.append(element("label", {}, radio, String(value)));
  }
  clear.setAttribute("aria-label", `clear ${criterion.title}`);
  clear.addEventListener("click", () => {
    delete answers.get(item)[criterion.name];
    for (const radio of row.querySelectorAll("input")) radio.checked = false;
    row.querySelector("input").focus();
    show();
    save();
  });
  row.append(clear);
  show();
  const legend = element("legend", {}, element("b", {}, `${criterion.title}: `), hint);
  const ends = element("div", { class: "ends", "aria-hidden": "true" });
  ends.append(element("span", {}, `${data.lowest}: ${criterion.worst}`), element("span", {}, `${data.highest}: ${criterion.best}`));
  field.append(legend, row, ends);
  return field;
}

function card(summary, number, of) {
  const heading = element("h3", {}, `Summary ${number} of ${of}`);
  const comment = element("textarea", { rows: "1" });
  comment.value = answers.get(summary.item).comment || "";
  comment.addEventListener("input", () => {
    answers.get(summary.item).comment = comment.value;
    save();
  });
  const fields = data.criteria.map((criterion) => scale(summary.item, criterion));
  const text = element("p", { class: "text" }, summary.text || "(empty)");
  return element("article", { class: "card" }, heading, text, ...fields, element("label", {}, "Comment (optional)", comment));
}

function context(page) {
  if (!page.context) return [];
  if (page.query) return [element("p", { class: "context" }, element("b", {}, "The summary answers: "), page.context)];
  const list = element("ul", {}, ...page.context.split("\n").map((line) => element("li", {}, line)));
  return [element("div", { class: "context" }, element("b", {}, "What it is about"), list)];
}

function show(place, focus) {
  current = place;
  const page = data.pages[place];
  const heading = element("h2", { tabindex: "-1" }, `Dialogue ${place + 1} of ${data.pages.length}`);
  const turns = page.turns.map(([speaker, text]) => {
    const who = speaker ? [element("span", { class: "speaker" }, `${speaker}: `)] : [];
    return element("p", {}, ...who, text);
  });
  // Focusable, so that it can be scrolled with the keyboard.
  const dialogue = element("section", { class: "card dialogue", tabindex: "0", "aria-label": "Dialogue" }, heading);
  dialogue.append(...context(page), ...turns);
  const cards = page.summaries.map((summary, index) => card(summary, index + 1, page.summaries.length));
  at("page").replaceChildren(dialogue, element("section", { "aria-label": "Summaries" }, ...cards));
  at("previous").disabled = place === 0;
  at("next").disabled = place === data.pages.length - 1;
  if (focus) {
    heading.focus();
    window.scrollTo(0, 0);
  }
}

const openFields = () =>
  [...document.querySelectorAll("fieldset")].filter(
    (field) => answers.get(field.dataset.item)[field.dataset.criterion] === undefined,
  );

function byKey(event) {
  const value = Number(event.key);
  const elsewhere = event.ctrlKey || event.altKey || event.metaKey || event.target.matches("textarea");
  if (elsewhere || !/^\d$/.test(event.key) || value < data.lowest || value > data.highest) return;
  const field = event.target.closest("fieldset") || openFields()[0];
  if (!field) return;
  event.preventDefault();
  field.querySelector(`input[value="${value}"]`).click();
  const after = openFields().find((other) => field.compareDocumentPosition(other) & Node.DOCUMENT_POSITION_FOLLOWING);
  (after ? after.querySelector("input") : at("next").disabled ? at("download") : at("next")).focus();
}

function toNextOpen() {
  const order = data.pages.map((_, index) => (current + index) % data.pages.length);
  const place = order.find((index) => data.pages[index].summaries.some(({ item }) => rated(item) < names.length));
  if (place === undefined) return;
  if (place !== current) show(place, true);
  const radio = openFields()[0].querySelector("input");
  radio.focus();
  radio.closest("fieldset").scrollIntoView({ block: "center" });
}

// As in items.csv: quoted where needed, and nothing that a spreadsheet would take for a formula.
function cell(value) {
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csv() {
  const lines = [data.columns];
  for (const page of data.pages) {
    for (const { item, text } of page.summaries) {
      const answer = answers.get(item);
      const given = names.map((name) => (answer[name] === undefined ? "" : String(answer[name])));
      lines.push([item, page.dialogue, page.context, text, ...given, answer.comment || ""]);
    }
  }
  return `\ufeff${lines.map((line) => `${line.map(cell).join(",")}\r\n`).join("")}`;
}

function download() {
  const url = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
  const link = element("a", { href: url, download: "ratings.csv" });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  const missing = items.reduce((sum, item) => sum + names.length - rated(item), 0);
  at("status").textContent = missing ? `Downloaded; ${missing} ratings are still empty.` : "Downloaded; nothing is missing.";
}

at("previous").addEventListener("click", () => show(current - 1, true));
at("next").addEventListener("click", () => show(current + 1, true));
at("open").addEventListener("click", toNextOpen);
at("download").addEventListener("click", download);
document.addEventListener("keydown", byKey);
load();
show(0, false);
count();
