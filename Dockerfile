# The image of the manager, for those who build with a container engine; `make image` builds the same without one.
# The last stage holds Node, ipmitool and the bundle, and neither a shell nor a package manager.
FROM node:22-bookworm-slim AS build
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ipmitool \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /katametal
COPY . .
RUN npm ci --no-audit --no-fund && npm run build && npx tsx hack/image.ts --rootfs /rootfs

FROM scratch
COPY --from=build /rootfs /
USER 65532:65532
ENV PATH=/usr/bin NODE_ENV=production
ENTRYPOINT ["/usr/bin/node", "/opt/katametal/dist/katametal.js"]
CMD ["manager", "--help"]
