// Everything works without this script; with it, dates speak while they are typed and refusals are found at once.
"use strict";

const refusal = document.getElementById("refusal");
if (refusal) refusal.focus();

const said = document.body.dataset;
const each = (selector, work, of = document) => of.querySelectorAll(selector).forEach(work);

// What an input's name leads to: the choices made so far, of radios and boxes those that are ticked.
const chosen = (form, name) => [...form.elements]
  .filter((input) => input.name === name && (!["checkbox", "radio"].includes(input.type) || input.checked))
  .map((input) => input.value);

// An input that is asked only with some choices of another one shows once one of those is made.
const showNeeded = (form) => each("[data-when]", (field) => {
  const choices = field.dataset.choices.split(" ");
  field.hidden = !chosen(form, field.dataset.when).some((value) => choices.includes(value)) && !field.classList.contains("wrong");
}, form);

const form = document.querySelector("form[data-forecast]");
if (form) {
  const shown = document.getElementById("forecast");
  let waiting = 0;
  let asked = 0;
  const ask = async () => {
    const number = ++asked;
    const answer = await fetch(form.dataset.forecast, { method: "POST", body: new FormData(form) }).catch(() => null);
    // An answer that was overtaken by a later question, or that is none, leaves what is shown as it is.
    if (!answer || !answer.ok || number !== asked) return;
    const open = [...shown.querySelectorAll("details")].map((one) => one.open);
    const typing = shown.contains(document.activeElement) ? document.activeElement.name : "";
    shown.innerHTML = await answer.text();
    shown.querySelectorAll("details").forEach((one, place) => { one.open = Boolean(open[place]); });
    if (typing) shown.querySelector(`[name="${CSS.escape(typing)}"]`)?.focus();
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, 350); };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("change", () => showNeeded(form));
  showNeeded(form);
}

// A date is read in any form that people write it in; what can't be read stays out, as the browser has it.
const pasted = (words) => {
  const parts = words.trim().match(/^(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?$/) || words.trim().match(/^(\d{4})(\d{2})(\d{2})$/);
  return parts ? `${parts[1]}-${parts[2].padStart(2, "0")}-${parts[3].padStart(2, "0")}` : null;
};

// One input takes what was pasted if it is of its sort: a date, one of its choices, or text.
const fits = (input, words) => {
  if (input.type === "date") return pasted(words);
  if (input.tagName === "SELECT") return [...input.options].find((one) => one.text.trim() === words.trim())?.value ?? null;
  return words.trim();
};

document.addEventListener("paste", (event) => {
  const input = event.target;
  const words = event.clipboardData?.getData("text/plain") ?? "";
  if (!input.form || !words) return;
  const cells = words.replace(/\r?\n$/, "").split("\t");
  if (cells.length > 1 && input.tagName === "INPUT") {
    // A row of a spreadsheet goes into the fields from here on, each cell into the next one that it fits.
    const inputs = [...input.form.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio], [type=time]), select, textarea")].filter((one) => one.offsetParent);
    let place = inputs.indexOf(input);
    for (const cell of cells) {
      const found = cell.trim() ? inputs.findIndex((one, number) => number >= place && fits(one, cell) !== null) : -1;
      if (found >= 0) { inputs[found].value = fits(inputs[found], cell); place = found; }
      place += 1;
    }
  } else if (input.type === "date" && pasted(words)) {
    input.value = pasted(words);
  } else return;
  event.preventDefault();
  input.dispatchEvent(new Event("input", { bubbles: true }));
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// What is typed into a long form is kept on this machine until it is sent, and leaving it half filled in is asked about.
let unsent = false;
// What was sent and taken is kept no longer: the page that it led to says so.
const sending = sessionStorage.getItem("sending");
sessionStorage.removeItem("sending");
if (sending && said.done) localStorage.removeItem(sending);
each("form[data-keep]", (kept) => {
  const key = `kept:${said.person}:${kept.dataset.keep}`;
  const typed = () => [...new FormData(kept)].filter(([name, value]) => !["csrf", "seen", "step"].includes(name) && typeof value === "string");
  const start = JSON.stringify(typed());
  const stored = localStorage.getItem(key);
  if (stored && stored !== start && !document.querySelector("#refusal")) {
    const offer = document.createElement("p");
    offer.className = "message look";
    const take = document.createElement("button");
    take.type = "button"; take.className = "small"; take.textContent = said.keptTake;
    const drop = take.cloneNode(); drop.textContent = said.keptDrop;
    offer.append(said.kept, " ", take, " ", drop);
    kept.before(offer);
    take.addEventListener("click", () => {
      const values = JSON.parse(stored);
      for (const input of kept.elements) {
        const own = values.filter(([name]) => name === input.name).map(([, value]) => value);
        if (!input.name || ["csrf", "seen", "step"].includes(input.name)) continue;
        if (["checkbox", "radio"].includes(input.type)) input.checked = own.includes(input.value);
        else if (own.length) input.value = own[0];
      }
      offer.remove();
      kept.dispatchEvent(new Event("change", { bubbles: true }));
    });
    drop.addEventListener("click", () => { localStorage.removeItem(key); offer.remove(); });
  }
  kept.addEventListener("input", () => { unsent = true; localStorage.setItem(key, JSON.stringify(typed())); });
  kept.addEventListener("change", () => { const now = JSON.stringify(typed()); if (now !== start) { unsent = true; localStorage.setItem(key, now); } });
  kept.addEventListener("submit", () => { unsent = false; sessionStorage.setItem("sending", key); });
});
window.addEventListener("beforeunload", (event) => { if (unsent) event.preventDefault(); });

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

each("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

// A row opens what it is about, wherever it is pressed.
each("tr[data-href]", (row) => row.addEventListener("click", (event) => {
  if (!event.target.closest("a, button, input, select, summary") && !getSelection().toString()) location.assign(row.dataset.href);
}));

// Columns that somebody does not want stay away on this machine.
each("[data-columns]", (chooser) => {
  const key = `columns:${chooser.dataset.columns}`;
  const away = new Set(JSON.parse(localStorage.getItem(key) ?? "[]"));
  const show = () => each("input", (box) => {
    box.checked = !away.has(box.value);
    each(`.col-${box.value}`, (cell) => { cell.hidden = away.has(box.value); });
  }, chooser);
  chooser.hidden = false;
  chooser.addEventListener("change", (event) => {
    if (event.target.checked) away.delete(event.target.value); else away.add(event.target.value);
    localStorage.setItem(key, JSON.stringify([...away]));
    show();
  });
  show();
});

const refresh = document.querySelector("[data-refresh]");
if (refresh) setTimeout(() => location.assign(refresh.href), 1500);
