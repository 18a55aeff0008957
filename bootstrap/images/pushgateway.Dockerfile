# As the Dockerfile of the Pushgateway module.
COPY --chown=nobody:nobody pushgateway /bin/pushgateway
EXPOSE 9091
RUN mkdir -p /pushgateway && chown nobody:nobody /pushgateway
WORKDIR /pushgateway
USER 65534
ENTRYPOINT ["/bin/pushgateway"]
