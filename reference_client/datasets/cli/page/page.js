// Lists the entries of a dataset and shows one. All text is set as text: nothing of the data is read as markup.
"use strict";
const FOLDED = 20;
const $ = (id) => document.getElementById(id);
let about = {};
let next = 0;
let sought = "";
let turn = 0;  // of the newest request for entries

const element = (name, text, className) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
};

const ask = async (path) => {
  const answer = await fetch(path);
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error ? value.error.message : answer.statusText);
  return value;
};

const complain = (error) => $("shown").replaceChildren(element("p", `Error: ${error.message}`));

const marked = (text) => {
  const made = element("pre");
  const low = text.toLowerCase();
  const word = sought.toLowerCase();
  let at = 0;
  for (let hit = word ? low.indexOf(word) : -1; hit >= 0; hit = low.indexOf(word, at)) {
    made.append(text.slice(at, hit), element("mark", text.slice(hit, hit + word.length)));
    at = hit + word.length;
  }
  made.append(text.slice(at));
  return made;
};

const message = (text) => {
  const lines = text.split("\n");
  if (lines.length <= FOLDED + 1) return [marked(text)];
  const rest = element("details");
  rest.append(element("summary", `${lines.length - FOLDED} more lines`), marked(lines.slice(FOLDED).join("\n")));
  rest.open = Boolean(sought) && rest.textContent.toLowerCase().includes(sought.toLowerCase());
  return [marked(lines.slice(0, FOLDED).join("\n")), rest];
};

const step = (number, source, said, when) => {
  const made = element("section", undefined, `step ${["user", "agent", "system"].includes(source) ? source : ""}`);
  made.append(element("h2", `${number} · ${source}${when ? ` · ${when}` : ""}`));
  made.append(...message(typeof said === "string" ? said : JSON.stringify(said, null, 1)));
  return made;
};

const facts = (pairs) => {
  const made = element("dl");
  for (const [name, value] of pairs) {
    if (value !== undefined && value !== null && value !== "") {
      made.append(element("dt", name), element("dd", typeof value === "string" ? value : JSON.stringify(value)));
    }
  }
  return made;
};

const show = async (index) => {
  for (const entry of document.querySelectorAll("button.entry")) {
    entry.setAttribute("aria-current", String(entry.dataset.index === String(index)));
  }
  try {
    const parts = [element("h2", `${about.trajectories ? "Trajectory" : "Row"} ${index}`)];
    if (about.trajectories) {
      const one = await ask(`/api/trajectories/${index}`);
      parts.push(facts([["session", one.session_id], ["agent", one.agent.name], ["model", one.agent.model_name],
        ...Object.entries(one.extra || {})]));
      parts.push(...one.steps.map((each) => step(each.step_id, each.source, each.message, each.timestamp)));
    } else {
      const row = await ask(`/api/rows/${index}`);
      for (const [name, value] of Object.entries(row)) parts.push(step(name, typeof value, value));
    }
    $("shown").replaceChildren(...parts);
    $("shown").scrollTop = 0;
    history.replaceState(null, "", `#${index}`);
  } catch (error) {
    complain(error);
  }
};

const more = async () => {
  const mine = ++turn;
  try {
    const page = await ask(`/api/titles?${new URLSearchParams({ offset: next, limit: 50, search: sought })}`);
    if (mine !== turn) return;  // a later request lists these entries, or those of another search
    for (const item of page.items) {
      const button = element("button", undefined, "entry");
      button.type = "button";
      button.dataset.index = item.index;
      button.append(element("strong", `${item.index} `), item.title || "(no text)");
      const told = [item.task, item.run_id, item.model, item.steps ? `${item.steps} steps` : ""].filter(Boolean);
      if (told.length) button.append(element("br"), element("small", told.join(" · ")));
      button.addEventListener("click", () => show(item.index).then(() => $("shown").focus({ preventScroll: true })));
      const place = element("li");
      place.append(button);
      $("list").append(place);
    }
    next = page.next_offset;
    $("more").hidden = next === null;
    $("count").textContent = sought ? `${$("list").children.length} found so far of ${page.count}` : `${page.count} entries`;
  } catch (error) {
    complain(error);
  }
};

$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  sought = new FormData(event.target).get("search");
  next = 0;
  $("list").replaceChildren();
  more();
});
$("more").addEventListener("click", more);
(async () => {
  try {
    about = await ask("/api");
    $("name").textContent = about.repo;
    document.title = about.repo;
    await more();
    const wanted = location.hash.slice(1);
    if (/^\d+$/.test(wanted)) show(Number(wanted));
  } catch (error) {
    complain(error);
  }
})();
