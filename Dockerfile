# The image of the action. Why it is built this way: docs/decisions/0001-image.md.
# Each public image below is a stage of its own, so that a build without a registry can replace it:
# docker buildx build --build-context python=docker-image://OTHER … (scripts/testbed does).

FROM python:3.13-slim-trixie@sha256:9d2e5553305c7c7b0097999bb17187c69b921ccd6bc9d40e4bb5ebe652c00285 AS python
FROM docker:29.5.3-cli-alpine3.23@sha256:873de13208aab9c1de73fe984fd45883e01464fcfcc85efa20aa56a9ccfe7aa6 AS docker-cli
FROM docker/buildx-bin:0.36.1@sha256:1f2f6b2be4a2511ada67336e76892f1a588c89746009dd4b21069e4d867465be AS buildx

FROM python AS packages
COPY requirements.lock /
RUN python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-cache-dir --no-compile \
      --require-hashes --no-deps --only-binary :all: --target /action --requirement /requirements.lock
COPY scripts/image/packages.py /
RUN python3 /packages.py /action

FROM python AS code
COPY entrypoint.py /action/
COPY ghcr_action /action/ghcr_action
COPY --chmod=755 scripts/image/post /action/post
COPY --chmod=755 scripts/image/git /action/programs/git
RUN python3 -m compileall -q --invalidation-mode unchecked-hash /action

FROM python AS system
RUN --mount=target=/image,source=scripts/image --mount=target=/action,from=packages,source=/action python3 /image/system.py /action

FROM scratch
LABEL org.opencontainers.image.title="ghcr-action" \
      org.opencontainers.image.description="Publishes container images to GitHub's container registry and tells the truth about what it published" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
COPY --from=system / /
COPY --from=docker-cli /usr/local/bin/docker /usr/local/bin/docker
COPY --from=buildx /buildx /usr/local/libexec/docker/cli-plugins/docker-buildx
COPY --from=packages /action /action
COPY --from=code /action /action
# E, s, S: nothing that a workflow sets (PYTHONPATH, a home directory) reaches our interpreter; u: each line is shown at once;
# B: nothing is written beside the code.
ENTRYPOINT ["/usr/local/bin/python3", "-E", "-s", "-S", "-u", "-B", "/action/entrypoint.py"]
