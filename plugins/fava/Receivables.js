// SPDX-License-Identifier: GPL-2.0-or-later
// Sorting and opening of rows. Everything works without it, too, but for these two.

/** What a cell is sorted by. */
function valueOf(row, at, numbers) {
  const cell = row.cells[at];
  const text = cell?.dataset.value ?? cell?.textContent?.trim() ?? "";
  return numbers ? Number(text) || 0 : text;
}

/** Rows with the opened part that follows each of them. */
function groups(body) {
  const found = [];
  for (const row of body.rows) {
    if (row.classList.contains("ar-part")) found.at(-1)?.push(row);
    else found.push([row]);
  }
  return found;
}

function sort(button) {
  const head = button.closest("th");
  const table = button.closest("table");
  const body = table.tBodies[0];
  const down = head.getAttribute("aria-sort") === "ascending";
  const numbers = head.dataset.sort === "num";
  const at = head.cellIndex;
  const order = new Intl.Collator(table.closest("[lang]")?.lang, { numeric: true });
  const sorted = groups(body).sort(([one], [other]) => {
    const a = valueOf(one, at, numbers);
    const b = valueOf(other, at, numbers);
    return (numbers ? a - b : order.compare(a, b)) * (down ? -1 : 1);
  });
  for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  body.append(...sorted.flat());
}

async function toggle(button) {
  const row = button.closest("tr");
  const open = button.getAttribute("aria-expanded") === "true";
  button.setAttribute("aria-expanded", String(!open));
  const next = row.nextElementSibling;
  if (next?.classList.contains("ar-part")) {
    next.hidden = open;
    return;
  }
  const part = document.createElement("tr");
  part.className = "ar-part";
  const cell = part.insertCell();
  cell.colSpan = row.cells.length;
  row.after(part);
  try {
    const answer = await fetch(button.dataset.part);
    const text = await answer.text();
    if (!answer.ok) throw new Error(String(answer.status));
    cell.innerHTML = text; // the server escapes every text in it
  } catch (error) {
    cell.textContent = String(error);
  }
}

export default {
  onExtensionPageLoad() {
    const page = document.querySelector(".ar");
    page?.addEventListener("click", (event) => {
      const button = event.target.closest?.("button");
      if (button?.classList.contains("ar-sort")) sort(button);
      if (button?.classList.contains("ar-open")) toggle(button);
      const copied = button?.dataset.copy && document.getElementById(button.dataset.copy);
      if (copied) navigator.clipboard.writeText(copied.textContent);
    });
  },
};
