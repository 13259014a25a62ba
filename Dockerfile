# The image of all of Everclip's services. Build it with `docker build -t everclip .`

# The current LTS release of Node. docs/operations.md says how to lock its digest.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

# Builds ffmpeg. Debian's own package needs 685 MB with all the libraries that it pulls in.
FROM ${NODE_IMAGE} AS ffmpeg
RUN sed -i 's/^Types: deb$/Types: deb deb-src/' /etc/apt/sources.list.d/debian.sources \
 && apt-get update \
 && apt-get install -y --no-install-recommends \
      dpkg-dev gcc libc6-dev libdav1d-dev libwebp-dev libx264-dev libzimg-dev make nasm pkg-config xz-utils zlib1g-dev
COPY deploy/build-ffmpeg.sh ./
RUN sh build-ffmpeg.sh /ffmpeg

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
# Compiles the program and bundles the workflows. Without a bundle each worker starts some seconds later.
RUN npm run build
RUN npm prune --omit=dev --no-audit --no-fund \
 # The SDK contains a native library for every platform. Keep only ours.
 && cd node_modules/@temporalio/core-bridge/releases \
 && find . -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} + \
 # A running program needs no types, no source maps and no test reports: 100 MB.
 && cd /app/node_modules \
 && rm -rf typescript fluent-ffmpeg/coverage \
 && find . -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' \) -delete

FROM ${NODE_IMAGE}
# The libraries that ffmpeg loads.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libdav1d6 libwebp7 libx264-164 libzimg2 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=ffmpeg /ffmpeg /usr/local/bin
ENV NODE_ENV=production METRICS_ADDRESS=0.0.0.0:9464 HEALTH_ADDRESS=0.0.0.0:9465 DATA_DIR=/data
WORKDIR /app
# Root owns these files and another user runs them, so the program can't change itself.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# A new volume takes its owner from this folder.
RUN mkdir -m 0700 /data && chown node:node /data
USER node
CMD ["node", "dist/workers/main.js"]
