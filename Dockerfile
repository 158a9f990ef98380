# The watch page's hls.js.
FROM node:22-bookworm-slim AS page
WORKDIR /src/web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --omit=dev
# The licence travels with the code.
RUN mkdir dist && { echo '/*!'; cat node_modules/hls.js/LICENSE; echo '*/'; cat node_modules/hls.js/dist/hls.min.js; } > dist/hls.js

# The program.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY .cargo ./.cargo
COPY crates ./crates
COPY migrations ./migrations
COPY web ./web
COPY --from=page /src/web/dist ./web/dist
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin videoroom \
    && cp target/release/videoroom /usr/local/bin/videoroom

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --user-group --home-dir /var/lib/videoroom --create-home videoroom
COPY --from=build /usr/local/bin/videoroom /usr/local/bin/videoroom
USER videoroom
WORKDIR /var/lib/videoroom
RUN mkdir data
VOLUME /var/lib/videoroom/data
ENV VIDEOROOM__HTTP__BIND=0.0.0.0:8080 \
    VIDEOROOM__RTMP__BIND=0.0.0.0:1935 \
    VIDEOROOM__OPS__BIND=0.0.0.0:9090
# API and playback, ingest, health and metrics.
EXPOSE 8080 1935 9090
STOPSIGNAL SIGTERM
# bash speaks HTTP well enough to ask whether the process is ready; the image needs no curl.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9090 && printf 'GET /readyz HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && IFS=' ' read -r _ status _ <&3 && [ \"$status\" = 200 ]"]
ENTRYPOINT ["videoroom"]
CMD ["serve"]
