# The root file system of the images whose official ones stand on BusyBox: its tools, users, CA certificates and time zones.
# Followed by one of the other files here; the first stage is dropped, and with it what it needed to download.
ARG BASE=debian:bookworm-slim
FROM ${BASE} AS rootfs
LABEL mlops-infra.stage=rootfs
COPY extra-ca.pem /extra-ca.pem
RUN set -eu; \
    if [ -s /extra-ca.pem ]; then echo 'Acquire::https::CaInfo "/extra-ca.pem";' > /etc/apt/apt.conf.d/extra-ca; fi; \
    apt-get update -q; \
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends busybox-static ca-certificates tzdata; \
    mkdir -p /rootfs/bin /rootfs/etc/ssl/certs /rootfs/home /rootfs/root /rootfs/usr/bin /rootfs/usr/sbin /rootfs/usr/share /rootfs/var; \
    mkdir -m 1777 /rootfs/tmp; \
    cp /bin/busybox /rootfs/bin/busybox; \
    busybox --list | while read -r applet; do [ -e "/rootfs/bin/$applet" ] || ln -s busybox "/rootfs/bin/$applet"; done; \
    ln -s /bin/env /rootfs/usr/bin/env; \
    cp /etc/ssl/certs/ca-certificates.crt /rootfs/etc/ssl/certs/; \
    cp -r /usr/share/zoneinfo /rootfs/usr/share/; \
    echo 'hosts: files dns' > /rootfs/etc/nsswitch.conf; \
    printf '%s\n' root:x:0:0:root:/root:/bin/sh daemon:x:1:1:daemon:/usr/sbin:/bin/false \
        www-data:x:33:33:www-data:/var/www:/bin/false nobody:x:65534:65534:nobody:/home:/bin/false > /rootfs/etc/passwd; \
    printf '%s\n' root:x:0: daemon:x:1: www-data:x:33: users:x:100: nobody:x:65534: > /rootfs/etc/group

FROM scratch
COPY --from=rootfs /rootfs/ /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
