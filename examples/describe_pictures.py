"""What is on each picture of a folder, as a line of JSON. `describe_pictures.py FOLDER MODEL [MMPROJ]`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from llamacffi import ChatTemplate, Engine, Media, Model, Request, SamplingParams, hub

SCHEMA = {
    "type": "object",
    "properties": {
        "color": {"enum": ["red", "green", "blue", "another"]},
        "words": {"type": "string", "maxLength": 40},
    },
    "required": ["color", "words"],
    "additionalProperties": False,
}
PARAMS = SamplingParams(schema=SCHEMA, temperature=0, max_tokens=200)
QUESTION = "Name the color, and say what you see."
ENDINGS = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"}


def main(folder: Path, name: str, *mmproj: str) -> None:
    pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    # Without a file for it, the projector is the one beside the model.
    with Model(hub.resolve(name), mmproj=mmproj[0] if mmproj else True) as model, Engine(model, n_ctx=4096) as engine:
        template = ChatTemplate.from_model(model)

        def request(path: Path) -> Request:
            content: list[Any] = [Media.image(path), QUESTION]
            return Request(prompt=template.encode([{"role": "user", "content": content}], model.vocab), params=PARAMS)

        # The engine takes a few at a time, and encodes one picture while it writes about another.
        for path, answer in zip(pictures, engine.map(map(request, pictures)), strict=True):
            print(json.dumps({"file": path.name, **json.loads(answer.text)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
