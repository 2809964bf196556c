// Filters and sorts the matrix of all checks. Every page can be read without it.
"use strict";
const form = document.getElementById("filters");
const table = document.getElementById("matrix");
if (form && table) {
  form.hidden = false;
  const rows = Array.from(table.tBodies).flatMap((body) => Array.from(body.rows)).map((row) => {
    const id = row.cells[0].textContent;
    const cells = Array.from(row.cells).slice(2);
    return {
      row, id, area: id.split("/")[0], level: row.cells[1].textContent.trim(), operation: row.dataset.o,
      marks: cells.map((cell) => cell.className), words: cells.map((cell) => cell.textContent.trim()),
    };
  });
  const wanted = () => Object.fromEntries(Array.from(new FormData(form)).filter(([, value]) => value));
  const fits = (one, by) => {
    if (by.area && one.area !== by.area) return false;
    if (by.level && one.level !== by.level) return false;
    if (by.operation && one.operation !== by.operation) return false;
    if (by.text && !one.row.textContent.toLowerCase().includes(by.text.toLowerCase())) return false;
    const columns = by.port ? [Number(by.port)] : one.marks.map((_, at) => at);
    if (by.outcome || by.cause) {
      return columns.some((at) => (!by.outcome || one.marks[at] === by.outcome)
        && (!by.cause || one.words[at].includes(by.cause)));
    }
    return true;
  };
  const apply = (remember) => {
    const by = wanted();
    let shown = 0;
    for (const one of rows) {
      const here = fits(one, by);
      one.row.hidden = !here;
      shown += here ? 1 : 0;
    }
    document.getElementById("count").textContent = `${shown} of ${rows.length} checks`;
    if (remember) history.replaceState(null, "", `#${new URLSearchParams(by)}`);
  };
  const restore = () => {
    form.reset();
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      if (form.elements[name]) form.elements[name].value = value;
    }
    apply(false);
  };
  form.addEventListener("input", () => apply(true));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => apply(true)));
  addEventListener("hashchange", restore);
  restore();

  // A heading sorts by its column; a second time the other way round.
  Array.from(table.tHead.rows[0].cells).forEach((heading, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "⇅";
    button.setAttribute("aria-label", `Sort by ${heading.textContent.trim()}`);
    heading.append(" ", button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (one) => one.row.cells[at].className + one.row.cells[at].textContent;
      rows.sort((a, b) => (down ? -1 : 1) * key(a).localeCompare(key(b)));
      const body = table.tBodies[0];
      for (const one of rows) body.append(one.row);
    });
  });
}
// A link into a folded part opens it.
const open = () => {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) for (const part of target.querySelectorAll(":scope > details")) part.open = true;
};
addEventListener("hashchange", open);
open();
