# As the Dockerfile of the Consul module: its default stage, on Debian in place of Alpine. The entry point is Alpine's
# shell with dumb-init and su-exec: BusyBox is /bin/sh here too, and gosu takes the same arguments as su-exec.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS rootfs
LABEL mlops-infra.stage=rootfs
COPY extra-ca.pem /extra-ca.pem
RUN set -eu; \
    if [ -s /extra-ca.pem ]; then echo 'Acquire::https::CaInfo "/extra-ca.pem";' > /etc/apt/apt.conf.d/extra-ca; fi; \
    apt-get update -q; \
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends busybox-static ca-certificates curl \
        dumb-init gosu iptables iputils-ping jq libcap2-bin openssl tzdata; \
    rm -rf /extra-ca.pem /etc/apt/apt.conf.d/extra-ca /var/lib/apt/lists/* /var/cache/* /var/log/*; \
    ln -s "$(command -v gosu)" /usr/local/bin/su-exec; \
    groupadd --gid 1000 consul; \
    useradd --uid 100 --gid consul --no-log-init --home-dir /home/consul --shell /usr/sbin/nologin consul 2>&1; \
    busybox --install -s; \
    ln -sf /bin/busybox /bin/sh

FROM scratch
COPY --from=rootfs / /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin BIN_NAME=consul PRODUCT_NAME=consul
COPY LICENSE /usr/share/doc/consul/LICENSE.txt
COPY consul /bin/consul
RUN mkdir -p /consul/data /consul/config && chown -R consul:consul /consul
VOLUME /consul/data
EXPOSE 8300 8301 8301/udp 8302 8302/udp 8500 8600 8600/udp
COPY docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["agent", "-dev", "-client", "0.0.0.0"]
