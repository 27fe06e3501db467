// SPDX-License-Identifier: GPL-2.0-or-later
// Sorting and opening of rows, sending a statement, copying. All else works without it.

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

/** What the form says, as an address; the file goes along as the body. */
function addressOf(form, format) {
  const address = new URL(form.dataset.action, location.href);
  for (const field of form.querySelectorAll("input:not([type=file]), select")) {
    if (field.value) address.searchParams.set(field.name, field.value);
  }
  const [file] = form.elements.file.files;
  address.searchParams.set("name", file.name);
  address.searchParams.set("format", format);
  return [address, file];
}

/** The sentence of an answer that is an error. */
function sentence(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  return page.querySelector("p")?.textContent ?? text;
}

async function send(form, format) {
  const place = form.parentElement.querySelector(".ar-answer");
  if (!form.elements.file.files.length) {
    place.textContent = form.dataset.choose;
    return;
  }
  const [address, file] = addressOf(form, format);
  form.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { method: "POST", body: file });
    if (!answer.ok) {
      place.textContent = sentence(await answer.text());
    } else if (format === "page") {
      place.innerHTML = await answer.text(); // the server escapes every text in it
    } else {
      const link = document.createElement("a");
      const header = answer.headers.get("Content-Disposition") ?? "";
      link.download = decodeURIComponent(header.split("''")[1] ?? `statement.${format}`);
      link.href = URL.createObjectURL(await answer.blob());
      link.click();
      URL.revokeObjectURL(link.href);
    }
  } catch (error) {
    place.textContent = String(error);
  } finally {
    form.removeAttribute("aria-busy");
  }
}

async function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure address there is no clipboard: mark the text to be copied by hand.
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    return;
  }
  button.textContent = button.dataset.done;
}

function clicked(event) {
  const button = event.target.closest?.("button");
  if (!button) return;
  if (button.classList.contains("ar-sort")) sort(button);
  if (button.classList.contains("ar-open")) toggle(button);
  if (button.classList.contains("ar-copy")) copy(button);
  if (button.classList.contains("ar-send")) {
    send(button.closest(".ar").querySelector(".ar-upload"), button.dataset.format);
  }
}

export default {
  onExtensionPageLoad() {
    const page = document.querySelector(".ar");
    page?.addEventListener("click", clicked);
    page?.querySelector(".ar-upload")?.addEventListener("submit", (event) => {
      event.preventDefault();
      send(event.target, "page");
    });
    if (page) page.dataset.ready = "";
  },
};
