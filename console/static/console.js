// Everything works without this script; with it, dates speak while they are typed and refusals are found at once.
"use strict";

const refusal = document.getElementById("refusal");
if (refusal) refusal.focus();

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
    const open = [...shown.querySelectorAll("details")].map((each) => each.open);
    shown.innerHTML = await answer.text();
    shown.querySelectorAll("details").forEach((each, place) => { each.open = Boolean(open[place]); });
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, 350); };
  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
}

document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

const refresh = document.querySelector("[data-refresh]");
if (refresh) setTimeout(() => location.assign(refresh.href), 1500);
