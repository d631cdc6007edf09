"""The comment's text: whole in the usual cases, short enough in the unusual ones, and never more
than text where strangers speak."""

import json
import re
from dataclasses import replace

import pytest

from ghcr_action.report.comment import body as comment_body
from ghcr_action.report.comment import rows, schema, shedding, timeline
from ghcr_action.report.comment.rows import (
    BUILT,
    FAILED,
    PUSHED,
    FailureCells,
    LayerCells,
    PlatformCells,
    Row,
    StepCells,
)
from ghcr_action.report.comment.view import Place, delta, signed

SHA = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
PLACE = Place(key="ci", server_url="https://github.com", repository="acme/api", sha=SHA)
API = Row(
    id="ghcr.io/acme/api|",
    image="ghcr.io/acme/api",
    status=PUSHED,
    sha=SHA,
    run_id=4812,
    run_number=12,
    updated="2026-11-23 11:36 UTC",
    digest=f"sha256:{'4e' * 32}",
    tags=("pr-128", "sha-a1b2c3d"),
    platforms=(
        PlatformCells(
            platform="linux/amd64",
            digest=f"sha256:{'0b' * 32}",
            size=88_290_000,
            base=81_600_000,
            layers=9,
        ),
        PlatformCells(platform="linux/arm64", digest=f"sha256:{'c2' * 32}", size=84_830_000),
    ),
    total=120_000_000,
    base_name="main",
    base_digest=f"sha256:{'9f' * 32}",
    layers=(
        LayerCells(kind="added", text="RUN pip install --no-deps opentelemetry-*", after=5_300_000),
        LayerCells(
            kind="changed", text="COPY --from=build /app /app", before=5_900_000, after=4_600_000
        ),
        LayerCells(kind="unchanged", text="6 layers", before=12_000, after=12_000, count=6),
        LayerCells(kind="removed", text="COPY old", before=500),
    ),
    layers_of="linux/amd64",
    fresh=9_900_000,
    cached=17,
    cacheable=21,
    steps=(
        StepCells(text="RUN pip install", start=2, seconds=38, section="linux/amd64"),
        StepCells(text="COPY app", start=40.1, seconds=1.2, section="linux/amd64"),
        StepCells(text="RUN cached", start=0.5, is_cached=True),
    ),
    seconds=161,
    visibility="public; a pull without a login works",
    package_url="https://github.com/orgs/acme/packages/container/package/api",
    attestation="provenance found",
)
WORKER = Row(
    id="ghcr.io/acme/worker|debug",
    image="ghcr.io/acme/worker",
    status=FAILED,
    sha=SHA,
    run_id=4812,
    run_number=12,
    failure=FailureCells(
        what="The build failed", cause="exit code 1", fix="Read the log", code="BUILD"
    ),
    good_digest=f"sha256:{'2d' * 32}",
    good_sha="77aa001122",
)
FORK = Row(
    id="ghcr.io/acme/api|",
    image="ghcr.io/acme/api",
    status=BUILT,
    sha=SHA,
    reason="a fork",
    digest="sha256:abc",
    base_reason="none",
)


def text(*found: Row) -> str:
    return comment_body.body(found, PLACE)


def test_comment__one_image_whole() -> None:
    state = rows.encode((API,))
    assert text(API) == (
        "<!-- ghcr-report:v1 key=ci -->\n"
        "### Container images for `a1b2c3d`\n\n"
        "**1 image pushed.** linux/amd64 84.2 MiB, +6.4 MiB (+8.2%). "
        "Compared with branch `main` at `9f9f9f9f9f9f` · [run](https://github.com/acme/api/actions/runs/4812)\n\n"
        "**`ghcr.io/acme/api`** · [package](https://github.com/orgs/acme/packages/container/package/api)\n\n"
        "```console\n"
        f"docker pull ghcr.io/acme/api@sha256:{'4e' * 32}\n"
        "docker pull ghcr.io/acme/api:pr-128\n"
        "docker pull ghcr.io/acme/api:sha-a1b2c3d\n"
        "```\n\n"
        "<details><summary>Platforms (2) · linux/amd64 84.2 MiB · linux/arm64 80.9 MiB</summary>\n\n"
        "| Platform | Digest | Compressed | Change | Layers |\n"
        "| :-- | :-- | --: | --: | --: |\n"
        "| linux/amd64 | `0b0b0b0b0b0b` | 84.2 MiB | \\+6.4 MiB (+8.2%) | 9 |\n"
        "| linux/arm64 | `c2c2c2c2c2c2` | 80.9 MiB | unknown | unknown |\n\n"
        "</details>\n\n"
        "<details><summary>Layers against branch main (linux/amd64): 1 changed, 1 added, 1 removed, 6 unchanged · fresh download 9.4 MiB"
        "</summary>\n\n"
        "| Change | Layer | Base branch | This commit | Difference |\n"
        "| :-- | :-- | --: | --: | --: |\n"
        "| added | `RUN pip install --no-deps opentelemetry-*` | – | 5.1 MiB | \\+5.1 MiB |\n"
        "| changed | `COPY --from=build /app /app` | 5.6 MiB | 4.4 MiB | −1.2 MiB |\n"
        "| unchanged | `6 layers` | 11.7 KiB | 11.7 KiB | 0 |\n"
        "| removed | `COPY old` | 500 B | – | −500 B |\n\n"
        "</details>\n\n"
        "<details><summary>Build: 17 of 21 steps cached · slowest RUN pip install · 2m 41s</summary>\n\n"
        "| Slowest steps | Time |\n| :-- | --: |\n| `RUN pip install` | 38.0 s |\n| `COPY app` | 1.2 s |\n\n"
        "```mermaid\n"
        '%%{init: {"gantt": {"leftPadding": 110}}}%%\n'
        "gantt\n    dateFormat YYYY-MM-DD HH:mm:ss.SSS\n    axisFormat %M:%S\n    section linux/amd64\n"
        "    1 RUN pip install :active, 2000-01-01 00:00:02.000, 38000ms\n"
        "    2 COPY app :done, 2000-01-01 00:00:40.100, 1200ms\n"
        "```\n\n"
        "</details>\n\n"
        "<details><summary>Visibility: public · Attestation: provenance found</summary>\n\n"
        "| Check | Result |\n| :-- | :-- |\n"
        "| Visibility | public; a pull without a login works |\n| Attestation | provenance found |\n\n"
        "</details>\n\n"
        "<sub>Updated 2026-11-23 11:36 UTC by run 12, attempt 1. More is in the job summary.</sub>\n\n"
        f"{state}\n"
    )


def test_comment__two_images_and_a_failure() -> None:
    found = text(API, WORKER)

    assert "**1 image pushed, 1 image failed.** Largest change: api +6.4 MiB (+8.2%). " in found
    assert (
        "| Image | Status | Digest | Size | Change | Cache |\n| :-- | :-- | :-- | --: | --: | --: |\n"
        "| `ghcr.io/acme/api` | ✅\u00a0pushed | `4e4e4e4e4e4e` | 84.2 MiB linux/amd64 | \\+6.4 MiB (+8.2%) | 17/21 |\n"
        "| `ghcr.io/acme/worker (debug)` | ❌\u00a0failed | – | – | – | n/a |\n"
    ) in found
    assert (
        "**`ghcr.io/acme/worker (debug)`**\n\n❌ **The build failed**\n\nexit code 1\n\n**Fix:** Read the log\n\n"
        "Error code `BUILD` · [the whole log](https://github.com/acme/api/actions/runs/4812)\n\n"
        f"Last good image (commit `77aa001`): `ghcr.io/acme/worker@sha256:{'2d' * 32}`\n"
    ) in found


def test_comment__of_a_fork_has_nothing_to_pull() -> None:
    found = text(FORK)

    assert "**1 image built, not pushed.** Not compared: none\n" in found
    assert "🟦 Built, not pushed: a fork.\n\nLocal digest, not pullable: `sha256:abc`\n" in found
    assert "docker pull" not in found
    assert "[run]" not in found


def test_comment__an_older_result_says_so() -> None:
    found = text(replace(API, sha="0" * 40), WORKER)

    assert "⏳ This is the result for 0000000; a1b2c3d has not reported yet." in found
    assert "✅\u00a0pushed (from 0000000)" in found


def test_comment__everything_unknown() -> None:
    found = comment_body.body(
        (Row(id="i", image="image", status="odd"),), Place(key="k", server_url="", repository="")
    )

    assert found.startswith(
        "<!-- ghcr-report:v1 key=k -->\n### Container images for \n\n**.** "
        "\n\n**`image`**\n\n<sub>Updated unknown by run 0"
    )


def test_comment__of_layers_of_an_unknown_base() -> None:
    odd = LayerCells(kind="odd", text="x", after=1)

    assert "Layers against branch unknown (unknown): unknown</summary>" in text(
        replace(FORK, layers=(odd, odd))
    )


def test_comment__a_fold_with_one_row_is_a_line() -> None:
    row = replace(
        API, platforms=API.platforms[:1], layers=API.layers[2:3], steps=(), attestation=""
    )

    found = text(row)

    assert "<details>" not in found
    assert (
        "\n\nPlatform: linux/amd64 · 84.2 MiB · 9 layers"
        "\n\nLayers against branch main (linux/amd64): 6 unchanged · fresh download 9.4 MiB"
        "\n\nBuild: 17 of 21 steps cached · 2m 41s"
        "\n\nVisibility: public; a pull without a login works\n"
    ) in found


@pytest.mark.parametrize(
    ("size", "base", "said"),
    [
        (2048, 2048, "linux/amd64 2.0 KiB, as before."),
        (2048, None, "linux/amd64 2.0 KiB."),
        (0, None, "linux/amd64 unknown."),
    ],
)
def test_comment__its_first_line_says_the_size(size: int, base: int | None, said: str) -> None:
    cells = PlatformCells(platform="linux/amd64", digest="sha256:0b", size=size, base=base)

    assert f"**1 image pushed.** {said} Compared" in text(replace(API, platforms=(cells,)))


def test_comment__several_images_of_which_none_changed() -> None:
    cells = replace(API.platforms[0], base=API.platforms[0].size)
    same = replace(API, platforms=(cells,))

    assert "**2 images pushed.** No size changed. " in text(same, replace(same, id="b"))


def test_comment__links_packages_on_its_own_server_only() -> None:
    strange = replace(API, package_url="https://github.com.evil.example/acme")

    assert "[package]" not in text(strange)


def test_comment__a_failed_build_shows_its_last_lines() -> None:
    failure = FailureCells(what="The build failed", said=("E: no such thing", "```"), code="BUILD")

    assert (
        "❌ **The build failed**\n\n````text\nE: no such thing\n```\n````\n\n"
        "Error code `BUILD` · [the whole log](https://github.com/acme/api/actions/runs/4812)\n"
    ) in text(replace(WORKER, failure=failure))


def test_comment__a_failure_links_the_log_of_its_job() -> None:
    rows = (replace(API, check_run_id=8), replace(WORKER, check_run_id=9))

    assert ("· [the whole log](https://github.com/acme/api/actions/runs/4812/job/9)\n") in text(
        *rows
    )
    assert "job/8" not in text(*rows)


@pytest.mark.parametrize(
    ("after", "before", "words"),
    [
        (10, None, ""),
        (10, 10, "0"),
        (2048, 1024, "+1.0 KiB (+100.0%)"),
        (1024, 2048, "−1.0 KiB (-50.0%)"),
        (1024, 0, "+1.0 KiB"),
    ],
)
def test_delta__words(after: int, before: int | None, words: str) -> None:
    assert delta(after, before) == words


def test_signed__zero_has_no_sign() -> None:
    assert signed(0) == "0"


def big(number: int, *, layers: int = 300, platforms: int = 8) -> Row:
    cells = tuple(
        LayerCells(
            kind="changed",
            text=f"RUN step {n} of many with a long text",
            before=n * 1000,
            after=n * 1000 + n % 3,
        )
        for n in range(layers)
    )
    listed = tuple(
        PlatformCells(platform=f"linux/p{n}", digest=f"sha256:{n:064}", size=n)
        for n in range(platforms)
    )
    steps = tuple(StepCells(text=f"RUN {n}", start=n, seconds=1) for n in range(60))
    return replace(
        API,
        id=f"ghcr.io/acme/{number}|",
        image=f"ghcr.io/acme/{number}",
        layers=cells[:200],
        platforms=listed,
        steps=steps,
    )


@pytest.mark.parametrize(
    "found",
    [
        (big(1),),
        tuple(map(big, range(20))),
        tuple(map(big, range(100))),
        tuple(
            replace(
                WORKER,
                id=str(n),
                image="😀" * 1000,
                failure=FailureCells(what="😀" * 2000, cause="`" * 2000),
            )
            for n in range(100)
        ),
        (
            replace(
                API,
                image="😀" * 2000,
                reason="`" * 2000,
                visibility="|" * 2000,
                tags=("x" * 2000,) * 200,
            ),
        ),
    ],
    ids=["one", "twenty", "hundred", "hundred hostile failures", "one hostile"],
)
def test_comment__is_never_too_long_and_keeps_its_state(found: tuple[Row, ...]) -> None:
    body = text(*found)

    assert comment_body.length(body) <= comment_body.MAX_BODY
    assert rows.decode(body)
    assert body.count("<details>") == body.count("</details>")
    assert body.count("```") % 2 == 0 or "````" in body


def test_shedding__in_order_and_never_the_failures_first() -> None:
    row = replace(big(1, platforms=9), layers=API.layers * 5, tags=tuple("abcdefg"))

    assert shedding.shed((row,), 0) == (row,)
    assert shedding.shed((row,), 1)[0].steps == ()
    assert all(layer.kind != rows.UNCHANGED for layer in shedding.shed((row,), 2)[0].layers)
    assert (
        len(set(shedding.shed((replace(row, layers=big(1).layers),), 3)[0].layers))
        <= shedding.TOP_LAYERS
    )
    assert [len(shedding.shed((row,), 4)[0].platforms), len(shedding.shed((row,), 4)[0].tags)] == [
        8,
        5,
    ]
    (outline,) = shedding.shed((row,), 5)
    assert (outline.layers, len(outline.platforms), outline.visibility) == ((), 1, "")
    assert [
        kept.id for kept in shedding.shed((API, replace(API, id="later", run_number=13), WORKER), 6)
    ] == [WORKER.id]
    assert [kept.id for kept in shedding.shed((API,), 9)] == [API.id]


HOSTILE = [
    "</details><script>alert(1)</script>",
    "<!-- ghcr-report:state AAAA -->",
    "--><img src=x onerror=alert(1)>",
    "@octo/everyone please look at #1 and GH-2",
    "[click](https://evil.invalid) ![x](https://evil.invalid/x.png)",
    "https://evil.invalid www.evil.invalid",
    "| a | b |\n| - | - |",
    "```\nfence\n````",
    "`code` **bold** _it_ ~~no~~",
    "::error::now\n::set-output name=x::y\n##[group]",
    "{{ 7*7 }} {% for x in [].__class__.__mro__ %}{% endfor %} ${{ github.token }}",
    "\u202egnp.exe\u2066 \u200bzero",
    "a\r\nb\x00c\x1b[31m",
    "click callback; section evil\ntitle x %% comment",
    "# heading\n- list\n1. one\n> quote",
    "𝒳😀\U0010ffff",
]


@pytest.mark.parametrize("attack", HOSTILE, ids=range(len(HOSTILE)))
def test_comment__strangers_text_stays_text(attack: str) -> None:
    plain = text(API, WORKER)
    found = text(_speak(API, attack), _speak(WORKER, attack))

    body, _, state = found.rpartition("<!-- ghcr-report:state ")
    assert state.endswith(" -->\n")
    assert found.startswith("<!-- ghcr-report:v1 key=ci -->\n")
    assert _markup(body).count("<!--") == 1
    assert len(re.findall(r"</?details>", _markup(body))) == len(
        re.findall(r"</?details>", _markup(plain))
    )
    assert not re.search(r"<(?!/?(?:details|summary|sub)>|!-- ghcr-report:v1 )", _markup(body))
    assert not re.search(r"(?<![\w\u2060])[@#]\w", _prose(body))
    assert "](https://evil" not in _prose(body)
    assert not re.search(r"https?://(?!github\.com/acme/api)", _prose(body))
    assert "\u202e" not in body
    assert "\x1b" not in body


def _speak(row: Row, attack: str) -> Row:
    """Every text of a row says the same."""
    spoken = json.loads(
        json.dumps(comment_json(row)),
        object_hook=lambda members: {k: _say(k, v, attack) for k, v in members.items()},
    )
    return schema.load(spoken, Row)


def comment_json(row: Row) -> object:
    return schema.dump(row)


def _say(name: str, value: object, attack: str) -> object:
    kept = name in ("status", "kind", "sha", "digest", "good_digest", "base_digest")
    if isinstance(value, list):
        return [_say(name, each, attack) for each in value]
    return attack if isinstance(value, str) and not kept else value


def _markup(body: str) -> str:
    """The text without code: fences and spans."""
    without_fences = re.sub(r"^(`{3,})[^`\n]*\n.*?\n\1$", "", body, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", without_fences)


def _prose(body: str) -> str:
    return _markup(body)


@pytest.mark.parametrize("attack", HOSTILE, ids=range(len(HOSTILE)))
def test_chart__names_are_words_of_one_line(attack: str) -> None:
    chart = timeline.chart(
        (
            StepCells(text=attack, seconds=1, section=attack),
            StepCells(text="", start=3700.5, seconds=0.0001),
        )
    )

    lines = chart.splitlines()
    assert lines[1:4] == ["gantt", "    dateFormat YYYY-MM-DD HH:mm:ss.SSS", "    axisFormat %M:%S"]
    assert len(lines) == 8
    for line in lines[4:]:
        assert re.fullmatch(
            (
                r"    (?:section [A-Za-z0-9 ./@_=+-]+|\d+ [A-Za-z0-9 "
                r"./@_=+-]*:(?:done|active), 2000-01-01 [\d:.]{12}, \d+ms)"
            ),
            line,
        )


def test_chart__of_nothing_executed_is_empty() -> None:
    assert (
        timeline.chart((StepCells(text="x", is_cached=True, seconds=1), StepCells(text="y"))) == ""
    )
