"""Call google-genai as the lines of stdin say, and write to stdout what it returns; run in an environment of its own.

A line is a JSON object: ``call`` is a method of ``client.interactions``, ``arguments`` are its arguments. The answer is
a JSON object with what the library has read from the reply, or with the error that it raises.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from typing import Any

# The library says on stderr that interactions are experimental.
warnings.simplefilter("ignore")

from google import genai  # noqa: E402


def result_of(client: genai.Client, line: str) -> dict[str, Any]:
    request = json.loads(line)
    try:
        interaction = getattr(client.interactions, request["call"])(**request["arguments"])
    except Exception as error:  # noqa: BLE001 - the recording names it
        return {"raised": type(error).__name__, "status_code": getattr(error, "status_code", None)}
    video = interaction.output_video
    return {
        "id": interaction.id,
        "status": interaction.status,
        "errors": [error.message for error in interaction.errors or []],
        "text": interaction.output_text,
        "video": video and ("uri" if video.uri else "inline"),
    }


def main() -> None:
    client = genai.Client(api_key=os.environ["GOOGLE_API_KEY"])
    for line in sys.stdin:
        print(json.dumps(result_of(client, line)), flush=True)


if __name__ == "__main__":
    main()
