"""Somebody else who writes to a package: pushes indexes of platforms that are there, gives tags to
what is there and takes images away, at random. Its own process, which knows HTTP and no code of
ours.

package_writer.py REGISTRY REPOSITORY API PACKAGE: reads a seed a line, does some of that, and says
how much of it was heard.
"""

import http.client
import json
import random
import sys
import time
from typing import Any

INDEX = "application/vnd.oci.image.index.v1+json"
TOKEN = "Bearer the-token"
ACCEPT = f"{INDEX}, application/vnd.oci.image.manifest.v1+json"


class Writer:
    def __init__(self, registry: str, repository: str, api: str, package: str) -> None:
        self.registry, self.repository, self.api, self.package = registry, repository, api, package

    def ask(
        self, host: str, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, bytes, str]:
        connection = http.client.HTTPConnection(host, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body or None, headers=named)
        answer = connection.getresponse()
        found = answer.status, answer.read(), answer.getheader("Content-Type", "")
        connection.close()
        return found

    def versions(self) -> list[dict[str, Any]]:
        path = f"/orgs/octo/packages/container/{self.package}/versions?per_page=100"
        status, content, _ = self.ask(self.api, "GET", path, Authorization=TOKEN)
        found: list[dict[str, Any]] = json.loads(content) if status == 200 else []
        return found

    def manifest(self, target: str) -> tuple[bytes, str] | None:
        path = f"/v2/{self.repository}/manifests/{target}"
        status, content, kind = self.ask(self.registry, "GET", path, Accept=ACCEPT)
        return (content, kind) if status == 200 else None

    def put(self, target: str, content: bytes, kind: str) -> bool:
        path = f"/v2/{self.repository}/manifests/{target}"
        return self.ask(self.registry, "PUT", path, content, Content_Type=kind)[0] == 201

    def step(self, chance: random.Random) -> bool:
        """One thing, and whether it was heard."""
        names = [version["name"] for version in self.versions()]
        held = {name: found for name in names if (found := self.manifest(name))}
        tag = f"{chance.choice(('w', 'pr', 'v'))}-{chance.randrange(6)}"
        what = chance.random()
        if what < 0.55:
            return self.index(held, tag, chance)
        if what < 0.85 and held:
            content, kind = held[chance.choice(sorted(held))]
            return self.put(tag, content, kind)
        return self.delete(held, chance)

    def index(self, held: dict[str, tuple[bytes, str]], tag: str, chance: random.Random) -> bool:
        images = sorted(name for name, (_, kind) in held.items() if kind != INDEX)
        if not images:
            return False
        entries = [
            {
                "mediaType": held[name][1],
                "digest": name,
                "size": len(held[name][0]),
            }
            for name in chance.sample(images, min(2, len(images)))
        ]
        document = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
        document["annotations"] = {"at": str(chance.random())}
        return self.put(tag, json.dumps(document).encode(), INDEX)

    def delete(self, held: dict[str, tuple[bytes, str]], chance: random.Random) -> bool:
        """An index that no other one lists; its platforms stay."""
        listed = {
            entry["digest"]
            for content, _ in held.values()
            for entry in json.loads(content).get("manifests", [])
        }
        free = [
            version
            for version in self.versions()
            if version["name"] not in listed and held.get(version["name"], (b"", ""))[1] == INDEX
        ]
        if not free:
            return False
        number = chance.choice(free)["id"]
        path = f"/orgs/octo/packages/container/{self.package}/versions/{number}"
        return self.ask(self.api, "DELETE", path, Authorization=TOKEN)[0] == 204


def main() -> None:
    writer = Writer(*sys.argv[1:5])
    for line in sys.stdin:
        chance = random.Random(int(line))
        heard = 0
        for _ in range(chance.randrange(3, 9)):
            time.sleep(chance.random() * 0.03)
            heard += writer.step(chance)
        sys.stdout.write(f"{heard}\n")
        sys.stdout.flush()


main()
