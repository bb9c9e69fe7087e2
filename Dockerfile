# The image holds one binary and the files of the page. Configuration comes from the environment
# alone, so the same image runs everywhere: `serve` by default, `demo` without an account.

FROM rust:1.95-slim-bookworm AS builder
WORKDIR /src

# Dependencies first, against empty sources: this layer is built again only when a manifest or the
# lock file changes, and it is the one that takes minutes.
COPY Cargo.toml Cargo.lock ./
COPY backend/Cargo.toml backend/
COPY backend/crates/messagebird-verify/Cargo.toml backend/crates/messagebird-verify/
COPY backend/crates/provider-http/Cargo.toml backend/crates/provider-http/
COPY backend/crates/sandbox/Cargo.toml backend/crates/sandbox/
COPY backend/crates/twilio-rest/Cargo.toml backend/crates/twilio-rest/
COPY backend/crates/verification/Cargo.toml backend/crates/verification/
RUN set -eu; \
    for package in backend backend/crates/*; do \
        mkdir -p "$package/src"; \
        : > "$package/src/lib.rs"; \
    done; \
    echo 'fn main() {}' > backend/src/main.rs; \
    cargo build --release --locked --package ringproof --features otel

# Then our own sources. Copied files keep their old dates, and cargo goes by dates: without the
# touch it would take the empty sources above for these.
COPY backend backend
RUN find backend -name '*.rs' -exec touch {} + \
    && cargo build --release --locked --package ringproof --features otel

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Ringproof" \
      org.opencontainers.image.description="Proves that somebody holds a phone number" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"

# MessageBird is reached over TLS, checked against the system's authorities.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 ringproof \
    && useradd --system --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
        --shell /usr/sbin/nologin ringproof

COPY LICENSE LICENSE-APACHE LICENSE-MIT /usr/share/doc/ringproof/
COPY frontend/index.html frontend/main.js frontend/phone-verification.js frontend/favicon.svg /usr/share/ringproof/frontend/
COPY frontend/api /usr/share/ringproof/frontend/api
COPY frontend/state /usr/share/ringproof/frontend/state
COPY frontend/elements /usr/share/ringproof/frontend/elements
COPY frontend/i18n /usr/share/ringproof/frontend/i18n
COPY frontend/styles /usr/share/ringproof/frontend/styles
COPY frontend/operators /usr/share/ringproof/frontend/operators
COPY --from=builder /src/target/release/ringproof /usr/local/bin/ringproof

ENV HTTP_LISTEN=0.0.0.0:8080 \
    HTTP_FRONTEND_DIR=/usr/share/ringproof/frontend

# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s --retries=3 CMD ["ringproof", "healthcheck"]
ENTRYPOINT ["ringproof"]
CMD ["serve"]
