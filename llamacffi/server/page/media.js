// Pictures and sound of a message that is being written: chosen, pasted or dropped, shown, and as OpenAI's API has them.

const $ = (id) => document.getElementById(id);
let attached = [];

/** What is attached, as data URIs; nothing is after that. */
export function taken() {
  const uris = attached;
  attached = [];
  draw();
  return uris;
}

/** The element that shows a picture or plays a sound. */
export function shownAs(uri) {
  const made = document.createElement(uri.startsWith("data:image/") ? "img" : "audio");
  made.src = uri;
  if (made.tagName === "IMG") made.alt = "picture";
  else made.controls = true;
  return made;
}

/** The content of a message with them. */
export function contentOf(text, uris) {
  if (!uris?.length) return text;
  const parts = uris.map((uri) =>
    uri.startsWith("data:image/")
      ? { type: "image_url", image_url: { url: uri } }
      : { type: "input_audio", input_audio: { data: uri.slice(uri.indexOf(",") + 1), format: "wav" } },
  );
  return text ? [...parts, { type: "text", text }] : parts;
}

/** Let be attached what a model takes beside text: "image", "audio". */
export function allow(kinds) {
  $("attach").hidden = !kinds.length;
  $("files").accept = kinds.map((kind) => `${kind}/*`).join(",");
}

function draw() {
  const buttons = attached.map((uri, i) => {
    const remove = document.createElement("button");
    remove.type = "button";
    remove.title = "Remove";
    remove.append(shownAs(uri));
    remove.addEventListener("click", () => {
      attached = attached.filter((_, j) => j !== i);
      draw();
    });
    return remove;
  });
  $("attached").replaceChildren(...buttons);
  $("attached").hidden = !buttons.length;
}

async function add(files) {
  if ($("attach").hidden) return;
  for (const file of files) {
    if (!/^(image|audio)\//.test(file.type)) continue;
    const uri = await new Promise((resolve, reject) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result);
      reader.onerror = () => reject(reader.error);
      reader.readAsDataURL(file);
    });
    attached.push(uri);
  }
  draw();
}

$("attach").addEventListener("click", () => $("files").click());
$("files").addEventListener("change", async () => {
  await add([...$("files").files]);
  $("files").value = "";
});
$("text").addEventListener("paste", (event) => add([...event.clipboardData.files]));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  add([...event.dataTransfer.files]);
});
