// The grid of bad rows: what is typed is kept at once and comes back checked. Needs no other script.
const data = JSON.parse(document.getElementById("grid-data").textContent);
const table = document.getElementById("grid");
const says = document.getElementById("grid-says");
const waiting = document.getElementById("grid-waiting");
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const words = { bad: "Wrong", right: "Right", left_out: "Left out" };
const shownAs = (text) => (text ?? "").replace(/\r\n?/g, "\n");
let sending = Promise.resolve();

function make(tag, attributes = {}, ...children) {
  const element = Object.assign(document.createElement(tag), attributes);
  element.append(...children);
  return element;
}

function head() {
  const names = ["Row", "State", ...data.columns, "Leave out"];
  return make("thead", {}, make("tr", {}, ...names.map((name) => make("th", { className: "px-2 py-2", scope: "col" }, name))));
}

function fill(line, row) {
  line.replaceChildren(
    make("th", { className: "px-2 py-1", scope: "row" }, String(row.row)),
    make("td", { className: `px-2 py-1 stowage-state-${row.state}` }, words[row.state], ...row.reasons.map(reason)),
    ...row.cells.map((cell, at) => cellOf(row, cell, at)),
    make("td", { className: "px-2 py-1" }, leaveOut(row)),
  );
}

const reason = (text) => make("div", { className: "stowage-reason" }, text);

function cellOf(row, cell, at) {
  const box = make("textarea", { value: shownAs(cell.value), rows: 1 });
  box.setAttribute("aria-label", `${cell.column}, row ${row.row}`);
  box.readOnly = !data.mayCorrect || row.state === "left_out";
  box.dataset.row = row.row;
  box.dataset.at = at;
  box.dataset.shown = box.value;
  if (cell.reasons.length) box.setAttribute("aria-invalid", "true");
  // Not "change": what was typed while the row was drawn anew would be taken for unchanged.
  box.addEventListener("blur", () => {
    const isLeft = !("replaced" in box.dataset);
    if (isLeft && box.value !== shownAs(cell.value)) send(row.row, cell.column, cell.value, box.value);
  });
  box.addEventListener("keydown", (event) => move(event, box, shownAs(cell.value)));
  const inside = [box, ...cell.reasons.map(reason)];
  if (cell.by && cell.value !== cell.original) {
    inside.push(make("del", { title: `corrected by ${cell.by}` }, cell.original ?? "(empty)"));
  }
  return make("td", { className: cell.reasons.length ? "stowage-bad" : "" }, ...inside);
}

function leaveOut(row) {
  const box = make("input", { type: "checkbox", checked: row.state === "left_out" });
  box.setAttribute("aria-label", `leave out row ${row.row}`);
  box.disabled = !data.mayCorrect;
  box.addEventListener("change", () => send(row.row, "", null, box.checked ? "yes" : ""));
  return box;
}

// One after the other, so that an answer never overtakes a later edit of the same row.
function send(row, column, was, now) {
  const line = table.querySelector(`tr[data-row="${row}"]`);
  line.setAttribute("aria-busy", "true");
  sending = sending.then(() => put(row, column, was, now)).catch((error) => {
    says.textContent = `It could not be kept: ${error.message}. Load the page again.`;
  }).finally(() => line.removeAttribute("aria-busy"));
}

async function put(row, column, was, now) {
  const body = JSON.stringify({ sheet: data.sheet, edits: [{ row, column, was, new: now }] });
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(data.cells, { method: "POST", headers, body, keepalive: true });
  if (![200, 409].includes(answer.status)) throw new Error(`the server answered ${answer.status}`);
  const said = await answer.json();
  says.textContent = [...said.errors, said.unchecked].filter(Boolean).join(" ");
  const what = said.waiting === 1 ? "correction waits" : "corrections wait";
  waiting.textContent = `${said.waiting} ${what} until a corrected dataset is made.`;
  for (const one of said.rows) show(one);
}

function show(row) {
  const line = table.querySelector(`tr[data-row="${row.row}"]`);
  const held = line.contains(document.activeElement) ? document.activeElement : null;
  if (held) held.dataset.replaced = "";
  fill(line, row);
  if (!held?.dataset.at) return;
  const box = line.querySelector(`textarea[data-at="${held.dataset.at}"]`);
  if (held.value !== held.dataset.shown) box.value = held.value;
  box.focus();
  if (box.value === held.value) box.setSelectionRange(held.selectionStart, held.selectionEnd);
}

function move(event, box, before) {
  const { key, altKey, shiftKey, ctrlKey, metaKey } = event;
  if (ctrlKey || metaKey) return;
  if (key === "Escape") {
    box.value = before;
    return;
  }
  if (key === "Enter" && altKey) {
    box.setRangeText("\n", box.selectionStart, box.selectionEnd, "end");
    event.preventDefault();
    return;
  }
  const atStart = box.selectionStart === 0 && box.selectionEnd === 0;
  const atEnd = box.selectionStart === box.value.length;
  const isOneLine = !box.value.includes("\n");
  const steps = {
    Enter: shiftKey ? [-1, 0] : [1, 0],
    ArrowUp: (isOneLine || atStart) && [-1, 0],
    ArrowDown: (isOneLine || atEnd) && [1, 0],
    ArrowLeft: atStart && [0, -1],
    ArrowRight: atEnd && [0, 1],
  };
  const step = steps[key];
  if (!step || altKey || (shiftKey && key !== "Enter")) return;
  event.preventDefault();
  const lines = [...table.tBodies[0].rows];
  const line = lines[lines.indexOf(box.closest("tr")) + step[0]];
  const target = line?.querySelector(`textarea[data-at="${Number(box.dataset.at) + step[1]}"]`);
  if (!target) {
    if (key === "Enter") box.blur();
    return;
  }
  target.focus();
  target.select();
}

const body = make("tbody");
table.replaceChildren(head(), body);
for (const row of data.rows) {
  const line = make("tr", { className: "border-t border-base-200 dark:border-base-800" });
  line.dataset.row = row.row;
  fill(line, row);
  body.append(line);
}
