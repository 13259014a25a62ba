# The image of worker, ingest and the demo. Build it with `docker build -t everclip .`

FROM node:22-bookworm-slim AS build
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
 && find . -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

FROM node:22-bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates ffmpeg \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production METRICS_ADDRESS=0.0.0.0:9464 DATA_DIR=/data
WORKDIR /app
# Root owns these files and another user runs them, so the program can't change itself.
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# A new volume takes its owner from this folder.
RUN mkdir -m 0700 /data && chown node:node /data
USER node
CMD ["node", "dist/workers/main.js"]
