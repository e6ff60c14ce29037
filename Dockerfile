# The program with the Swift standard library inside, on plain Debian.
# Both stages are of one Debian release: the program needs the C library that it was built against, or a newer one.

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        git ca-certificates pkg-config libsqlite3-dev libcurl4-openssl-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /build

# Dependencies first: this layer is made anew only when the manifest changes.
COPY Package.* ./
RUN swift package resolve

COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --static-swift-stdlib --product ledger \
    && mkdir /staging \
    && cp "$(swift build -c release --show-bin-path)/ledger" /staging/ \
    && cp /usr/libexec/swift/linux/swift-backtrace-static /staging/

FROM debian:bookworm-slim AS run
RUN apt-get update \
    && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        libsqlite3-0 libcurl4 ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --home-dir /var/lib/ledger ledger \
    && install -d -m 0700 -o ledger -g ledger /var/lib/ledger
COPY --from=build /staging/ /usr/local/bin/

# A crash prints where it happened, without asking anything.
ENV SWIFT_BACKTRACE=enable=yes,sanitize=yes,threads=all,images=all,interactive=no,swift-backtrace=/usr/local/bin/swift-backtrace-static
ENV LEDGER_DATABASE=/var/lib/ledger/ledger.db

# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
VOLUME /var/lib/ledger
# For Okta, and for probes (/healthz, /readyz).
EXPOSE 8080 8081
ENTRYPOINT ["ledger"]
CMD ["serve"]
