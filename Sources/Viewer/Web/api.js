// What the server is asked. Its address, with the token, is that of the page.

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("cryosam no longer answers: was it ended?");
  }
  if (!response.ok) throw new Error((await response.text()).trim());
  return response;
}

export const json = async path => (await ask(path)).json();
export const bytes = async path => new Uint8Array(await (await ask(path)).arrayBuffer());
export const post = async (path, body) =>
  (await ask(path, { method: "POST", body: body === undefined ? "" : JSON.stringify(body) })).json();

/** What changed since `revision`; null if nothing did. */
export async function state(revision) {
  const response = await ask(`state?after=${revision}`);
  return response.status === 204 ? null : response.json();
}

export const act = {
  mark: (point, name, wanted) =>
    post("act", { do: "mark", mark: { point, class: name, wanted } }),
  box: (box, name) => post("box", { ...box, class: name }),
  unmark: point => post("act", { do: "unmark", point }),
  judge: (find, pick) => post("act", { do: "judge", find, pick }),
  cut: threshold => post("act", { do: "cut", threshold }),
  undo: () => post("act", { do: "undo" }),
};
