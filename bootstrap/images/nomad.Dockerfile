# As the Dockerfile of the Nomad module: its release stage.
COPY LICENSE /usr/share/doc/nomad/LICENSE.txt
COPY nomad /bin/nomad
COPY docker-entrypoint.sh /docker-entrypoint.sh
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["help"]
