// The list of a field's transforms: add, order, remove, fill in; after each key the first rows of the
// sheet are tried again and shown before and after.
const facts = JSON.parse(document.getElementById("facts").textContent);
const form = document.getElementById("transforms");
const known = new Map(facts.transforms.map((one) => [one.name, one]));
let steps = facts.steps;

const INPUT = "block border border-base-200 rounded-default px-2 py-1 dark:bg-base-900 dark:border-base-700";
const words = document.getElementById("words").dataset;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// How an argument is shown and read back, by its schema.
function control(schema, value) {
  if (schema.enum) {
    const choices = schema.enum.map((one) => element("option", { value: one, textContent: one || "–" }));
    const field = element("select", { className: INPUT }, ...choices);
    field.value = value ?? schema.default ?? schema.enum[0];
    return [field, () => field.value];
  }
  if (schema.type === "boolean") {
    const field = element("input", { type: "checkbox", checked: value ?? schema.default ?? false });
    return [field, () => field.checked];
  }
  if (schema.type === "integer") {
    const field = element("input", { type: "number", className: INPUT, value: value ?? schema.default ?? "" });
    return [field, () => (field.value === "" ? undefined : Number(field.value))];
  }
  if (schema.type === "array") {
    const field = element("textarea", { className: INPUT, rows: 2, value: (value ?? []).join("\n") });
    field.placeholder = schema.examples ? schema.examples[0] : words.oneALine;
    return [field, () => lines(field.value)];
  }
  if (schema.type === "object") {
    const pairs = Object.entries(value ?? {}).map(([from, to]) => `${from} = ${to ?? ""}`);
    const field = element("textarea", { className: INPUT, rows: 4, value: pairs.join("\n") });
    field.placeholder = words.pairs;
    return [field, () => entries(field.value)];
  }
  const tag = schema.format === "sql" ? "textarea" : "input";
  const field = element(tag, { className: INPUT, value: value ?? "", spellcheck: false });
  const listed = { column: "columns", value_map: "value-maps" }[schema.format];
  if (listed) field.setAttribute("list", listed);
  field.placeholder = schema.default ?? "";
  return [field, () => (field.value === "" ? undefined : field.value)];
}

function lines(text) {
  const found = text.split("\n").map((one) => one.trim()).filter(Boolean);
  return found.length ? found : undefined;
}

function entries(text) {
  const found = text.split("\n").filter((one) => one.includes("="));
  if (!found.length) return undefined;
  return Object.fromEntries(found.map((one) => {
    const at = one.lastIndexOf("=");
    return [one.slice(0, at).trim(), one.slice(at + 1).trim()];
  }));
}

function example(transform) {
  const { before, after, transforms } = transform.example;
  const { name, ...said } = transforms[0];
  return `${before || "–"} → ${after}  ${Object.keys(said).length ? JSON.stringify(said) : ""}`.trim();
}

function drawn(step, at) {
  const transform = known.get(step.name);
  const item = document.getElementById("step").content.cloneNode(true).firstElementChild;
  const part = (name) => item.querySelector(`[data-part=${name}]`);
  part("label").textContent = transform ? transform.label : step.name;
  part("says").textContent = transform ? transform.says : "";
  part("says").title = transform ? example(transform) : "";
  for (const [name, schema] of Object.entries(transform ? transform.schema.properties : {})) {
    if (name === "name") continue;
    const [field, read] = control(schema, step[name]);
    field.name = "";
    field.setAttribute("aria-label", `${step.name} ${name}`);
    field.addEventListener("input", () => {
      const value = read();
      if (value === undefined) delete step[name];
      else step[name] = value;
      soon();
    });
    const label = element("label", { title: schema.description ?? "" }, schema.title ?? name, field);
    part("arguments").append(label);
  }
  item.addEventListener("click", (event) => {
    const what = event.target.dataset.do;
    if (!what) return;
    steps.splice(at, 1);
    if (what !== "remove") steps.splice(Math.max(what === "up" ? at - 1 : at + 1, 0), 0, step);
    draw();
  });
  return item;
}

function draw() {
  document.getElementById("steps").replaceChildren(...steps.map(drawn));
  soon();
}

let waiting = 0;
let asked = null;
function soon() {
  form.elements.transforms.value = JSON.stringify(steps);
  clearTimeout(waiting);
  waiting = setTimeout(tryOut, 300);
}

async function tryOut() {
  asked?.abort();
  asked = new AbortController();
  const body = new FormData(form);
  body.set("try", "1");
  body.set("column", form.dataset.column);
  try {
    const answer = await fetch(window.location.pathname, { method: "POST", body, signal: asked.signal });
    show(answer.ok ? await answer.json() : { refused: `${answer.status} ${answer.statusText}` });
  } catch (error) {
    if (error.name !== "AbortError") show({ refused: error.message });
  }
}

function show(said) {
  const line = document.getElementById("said");
  line.className = said.refused ? "mb-2 text-red-600 dark:text-red-400" : "mb-2";
  line.textContent = said.refused ?? words.rows
    .replace("%1", said.looked_at).replace("%2", said.changed).replace("%3", said.unreadable);
  if (said.refused) return;
  const rows = said.rows.map((row) => {
    const cells = [row.row, row.before ?? "", row.after ?? "", row.problem];
    const made = cells.map((text) => element("td", { className: "px-3 py-1 whitespace-pre-wrap", textContent: text }));
    made[2].title = row.steps.map((one) => `${one.name}: ${one.value ?? "–"}`).join("\n");
    made[3].classList.add("text-red-600", "dark:text-red-400");
    return element("tr", { className: "border-t border-base-200 dark:border-base-800" }, ...made);
  });
  document.getElementById("tried").replaceChildren(...rows);
}

function datalist(id, values) {
  document.body.append(element("datalist", { id }, ...values.map((value) => element("option", { value }))));
}

const menu = document.getElementById("add-step");
for (const group of new Set(facts.transforms.map((one) => one.group))) {
  const own = facts.transforms.filter((one) => one.group === group);
  const options = own.map((one) => element("option", { value: one.name, textContent: one.label }));
  menu.append(element("optgroup", { label: group }, ...options));
}
menu.addEventListener("change", () => {
  if (!menu.value) return;
  steps.push({ name: menu.value });
  menu.value = "";
  draw();
});
form.elements.sql?.addEventListener("input", soon);
datalist("columns", facts.columns);
datalist("value-maps", facts.valueMaps);
draw();
