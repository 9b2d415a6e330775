"use strict";
const table = document.querySelector("table.sortable");
if (table) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const said = document.getElementById("said");
  const find = document.getElementById("find");

  function value(row, column, numeric) {
    const text = row.cells[column].textContent.trim();
    return numeric ? (text === "" ? null : Number.parseFloat(text)) : text.toLowerCase();
  }

  function sort(head) {
    const column = heads.indexOf(head);
    const numeric = head.classList.contains("number");
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    rows.sort((a, b) => {
      const x = value(a, column, numeric), y = value(b, column, numeric);
      if (x === y) return 0;
      if (x === null || x === "") return 1;
      if (y === null || y === "") return -1;
      const order = numeric ? x - y : x.localeCompare(y);
      return up ? order : -order;
    });
    body.append(...rows);
  }

  function filter() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      n += !row.hidden;
    }
    said.textContent = words.length ? `${n} of ${rows.length} rows` : "";
  }

  for (const head of heads) head.querySelector("button").addEventListener("click", () => sort(head));
  find.addEventListener("input", filter);
  document.querySelector(".filter").hidden = false;
}
