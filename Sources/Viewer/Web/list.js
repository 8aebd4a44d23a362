// The list of several tomograms: how far each is, and how many picks it has. Each name leads to its viewer.

const $ = id => document.getElementById(id);

function cell(text, name = "") {
  return Object.assign(document.createElement("td"), { textContent: text, className: name });
}

function row({ name, state, reason, picks }) {
  const line = document.createElement("tr");
  const link = Object.assign(document.createElement("a"), { href: `${name}/`, textContent: name });
  const first = document.createElement("td");
  first.append(link);
  line.append(first, cell(state, state), cell(picks ?? "", "number"), cell(reason ?? ""));
  return line;
}

async function show() {
  try {
    const response = await fetch("list");
    if (!response.ok) throw new Error((await response.text()).trim());
    const { title, items } = await response.json();
    document.title = `${title}: cryosam view`;
    $("name").textContent = title;
    const done = items.filter(item => item.state === "done").length;
    const picks = items.reduce((sum, item) => sum + (item.picks ?? 0), 0);
    $("facts").textContent = `${done} of ${items.length} tomograms done, ${picks} picks`;
    $("items").replaceChildren(...items.map(row));
    $("notice").textContent = "";
  } catch (error) {
    $("notice").textContent = error instanceof TypeError ? "cryosam no longer answers: was it ended?" : error.message;
    $("notice").classList.add("bad");
  }
  setTimeout(show, 5000);
}

show();
