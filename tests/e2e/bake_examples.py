"""Definitions of many shapes: bake-action's README, and the style of public projects in our own
words. Each target that is asked for has a name below ``HERE``, which tests replace."""

from collections.abc import Mapping
from dataclasses import dataclass, field

BASE = "debian:trixie-slim"
FILE = f"FROM {BASE}\nCOPY . /src/\n"


@dataclass(frozen=True, kw_only=True)
class Example:
    """Files of a workspace, and the inputs of a run."""

    files: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


def hcl(text: str, **files: str) -> dict[str, str]:
    return {"docker-bake.hcl": text, "Dockerfile": FILE, **files}


EXAMPLES = {
    "bake-action: git context and a group": Example(
        files=hcl(
            'group "default" {\n  targets = ["db", "app"]\n}\n'
            'target "db" {\n  tags = ["HERE/db"]\n  target = "db"\n}\n'
            'target "app" {\n  tags = ["HERE/app"]\n  target = "app"\n}\n',
            Dockerfile=f"FROM {BASE} AS db\nCOPY . /db/\nFROM db AS app\nCOPY . /app/\n",
        )
    ),
    "bake-action: set and targets": Example(
        files=hcl(
            'target "app" {\n  tags = ["HERE/app"]\n  args = { mode = "x" }\n}\n'
            'target "other" {\n  tags = ["HERE/other"]\n}\n',
            Dockerfile=f"FROM {BASE}\nARG mode\nARG extra\nLABEL mode=$mode extra=$extra\n",
        ),
        inputs={"targets": "app", "set": "*.args.extra=1\napp.args.mode=y"},
    ),
    "bake-action: a file of metadata-action": Example(
        files=hcl(
            'target "docker-metadata-action" {}\n'
            'target "build" {\n  inherits = ["docker-metadata-action"]\n  context = "."\n}\n',
            **{
                "docker-metadata-action-bake.json": (
                    '{"target": {"docker-metadata-action": {"tags": ["HERE/meta:1.2"],'
                    ' "labels": {"from": "metadata"}, "args": {"DOCKER_META_VERSION": "1.2"}}}}'
                )
            },
        ),
        inputs={"files": "docker-bake.hcl,docker-metadata-action-bake.json", "targets": "build"},
    ),
    "variables and functions": Example(
        files=hcl(
            'variable "TAG" { default = "latest" }\nvariable "REPO" { default = "HERE" }\n'
            'function "tag" {\n  params = [name]\n  result = ["${REPO}/${name}:${TAG}"]\n}\n'
            'target "default" {\n  tags = tag("fn")\n}\n'
        ),
        environ={"TAG": "v3"},
    ),
    "a matrix of versions": Example(
        files=hcl(
            'group "default" {\n  targets = ["py"]\n}\ntarget "py" {\n'
            '  matrix = { version = ["3.12", "3.13"] }\n'
            '  name = "py-${replace(version, ".", "-")}"\n  args = { PY = version }\n'
            '  tags = ["HERE/py:${version}"]\n}\n',
            Dockerfile=f"FROM {BASE}\nARG PY\nLABEL py=$PY\nCOPY . /py/\n",
        )
    ),
    "a base that others build on": Example(
        files=hcl(
            'group "default" {\n  targets = ["api", "ui"]\n}\ntarget "base" {\n  context = '
            '"base"\n}\n'
            'target "api" {\n  context = "api"\n  contexts = { base = "target:base" }\n'
            '  tags = ["HERE/api"]\n}\n'
            'target "ui" {\n  context = "ui"\n  contexts = { base = "target:base" }\n'
            '  tags = ["HERE/ui"]\n}\n',
            **{
                "base/Dockerfile": FILE,
                "api/Dockerfile": "FROM base\nCOPY . /api/\n",
                "ui/Dockerfile": "FROM base\nCOPY . /ui/\n",
            },
        )
    ),
    "inheritance and platforms": Example(
        files=hcl(
            'target "_common" {\n  platforms = ["linux/amd64", "linux/arm64"]\n'
            '  args = { A = "1" }\n}\n'
            'target "default" {\n  inherits = ["_common"]\n  tags = ["HERE/inherit:1"]\n'
            '  args = { B = "2" }\n}\n',
            Dockerfile="FROM scratch\nARG A\nARG B\nLABEL a=$A b=$B\nCOPY . /\n",
        )
    ),
    "Compose services": Example(
        files={
            "compose.yaml": (
                "services:\n  web:\n    image: HERE/web:c1\n    build:\n      context: web\n"
                "      args: {X: y}\n  db:\n    image: postgres\n  worker:\n    image: "
                "HERE/worker:c1\n"
                "    build:\n      context: .\n      dockerfile: worker.Dockerfile\n"
                "      tags: [HERE/worker:c2]\n"
            ),
            "web/Dockerfile": f"FROM {BASE}\nARG X\nLABEL x=$X\n",
            "worker.Dockerfile": FILE,
        }
    ),
    "Compose with overrides of HCL": Example(
        files={
            "docker-compose.yml": "services:\n  web:\n    image: HERE/web:o\n    build: .\n",
            "docker-bake.override.hcl": 'target "web" {\n  labels = { added = "by-override" }\n}\n',
            "Dockerfile": FILE,
        }
    ),
    "JSON": Example(
        files={
            "docker-bake.json": (
                '{"target": {"default": {"tags": ["HERE/json:1"], "dockerfile-inline":'
                f' "FROM {BASE}\\nLABEL a=\\"$${{b}}\\"\\n"}}}}}}'
            )
        }
    ),
    "a named context and a stage": Example(
        files=hcl(
            'target "default" {\n  context = "app"\n  contexts = { lib = "lib" }\n'
            '  target = "release"\n  tags = ["HERE/stage:1", "HERE/stage:2"]\n}\n',
            **{
                "app/Dockerfile": (
                    f"FROM {BASE} AS build\nCOPY --from=lib . /lib/\n"
                    "FROM build AS release\nCOPY . /app/\nFROM build AS other\n"
                ),
                "lib/file": "library",
            },
        )
    ),
    "secrets from the environment": Example(
        files=hcl(
            'target "default" {\n  tags = ["HERE/secret:1"]\n'
            '  secret = ["type=env,id=npm,env=NPM_TOKEN"]\n}\n',
            Dockerfile=(
                f"FROM {BASE}\n"
                'RUN --mount=type=secret,id=npm test "$(cat /run/secrets/npm)" = npm-31337\n'
            ),
        ),
        environ={"NPM_TOKEN": "npm-31337"},
    ),
    "several files merged": Example(
        files={
            "one.hcl": 'target "default" {\n  tags = ["HERE/merged:one"]\n  args = { A = "1" }\n}\n',
            "two.json": '{"target": {"default": {"tags": ["HERE/merged:two"], "args": {"B": "2"}}}}',
            "Dockerfile": f"FROM {BASE}\nARG A\nARG B\nLABEL a=$A b=$B\n",
        },
        inputs={"files": "one.hcl,two.json"},
    ),
    "a typed variable": Example(
        files=hcl(
            'variable "LIST" {\n  type = list(string)\n  default = ["a"]\n}\n'
            'target "default" {\n  tags = ["HERE/typed:1"]\n  args = { L = join("-", LIST) }\n}\n',
            Dockerfile=f"FROM {BASE}\nARG L\nLABEL l=$L\n",
        ),
        inputs={"vars": "LIST=x,y"},
    ),
}
