"""One small workspace as the lockfile formats of pnpm tell it."""

FIVE = """lockfileVersion: 5.4

importers:

  .:
    specifiers:
      react-dom: ^18.0.0
    dependencies:
      b: link:packages/b
      nick: /@s/real/1.1.0
      react-dom: 18.2.0_react@18.1.0
    devDependencies:
      tool: 2.3.0

  packages/b:
    specifiers:
      tool: ~2.1.0
    dependencies:
      tool: 2.1.4

packages:

  /@s/real/1.1.0:
    resolution: {integrity: sha512-a}
    dev: false

  /react-dom/18.2.0_react@18.1.0:
    resolution: {integrity: sha512-b}
    peerDependencies:
      react: ^18.0.0
    dependencies:
      react: 18.1.0
    dev: false

  /react/18.1.0:
    resolution: {integrity: sha512-c}

  /tool/2.1.4:
    resolution: {integrity: sha512-d}

  /tool/2.3.0:
    resolution: {integrity: sha512-e}
    dependencies:
      deep: registry.example/deep/0.1.0
    dev: true

  registry.example/deep/0.1.0:
    resolution: {integrity: sha512-f, registry: 'http://registry.example/', tarball: 'http://registry.example/d.tgz'}
    name: deep
    version: 0.1.0
    dev: true
"""
SIX = """lockfileVersion: '6.0'

settings:
  autoInstallPeers: true

importers:

  .:
    dependencies:
      b:
        specifier: workspace:*
        version: link:packages/b
      nick:
        specifier: npm:@s/real@^1.0.0
        version: /@s/real@1.1.0
      react-dom:
        specifier: ^18.0.0
        version: 18.2.0(react@18.1.0)
    devDependencies:
      tool:
        specifier: ^2.0.0
        version: 2.3.0

  packages/b:
    dependencies:
      tool:
        specifier: ~2.1.0
        version: 2.1.4

packages:

  /@s/real@1.1.0:
    resolution: {integrity: sha512-a}
    dev: false

  /deep@0.1.0:
    resolution: {integrity: sha512-f}
    dev: true

  /react-dom@18.2.0(react@18.1.0):
    resolution: {integrity: sha512-b}
    dependencies:
      react: 18.1.0

  /react@18.1.0:
    resolution: {integrity: sha512-c}

  /tool@2.1.4:
    resolution: {integrity: sha512-d}

  /tool@2.3.0:
    resolution: {integrity: sha512-e}
    dependencies:
      deep: 0.1.0
    dev: true
"""
NINE = """lockfileVersion: '9.0'

importers:

  .:
    dependencies:
      b:
        specifier: workspace:*
        version: link:packages/b
      nick:
        specifier: npm:@s/real@^1.0.0
        version: '@s/real@1.1.0'
      react-dom:
        specifier: ^18.0.0
        version: 18.2.0(react@18.1.0(x@1.0.0))
    devDependencies:
      tool:
        specifier: ^2.0.0
        version: 2.3.0

  packages/b:
    dependencies:
      tool:
        specifier: ~2.1.0
        version: 2.1.4

packages:

  '@s/real@1.1.0':
    resolution: {integrity: sha512-a}

  deep@0.1.0:
    resolution: {integrity: sha512-f}

  react-dom@18.2.0:
    resolution: {integrity: sha512-b}
    peerDependencies:
      react: ^18.0.0

  react@18.1.0:
    resolution: {integrity: sha512-c}

  tool@2.1.4:
    resolution: {integrity: sha512-d}

  tool@2.3.0:
    resolution: {integrity: sha512-e}

snapshots:

  '@s/real@1.1.0': {}

  deep@0.1.0: {}

  react-dom@18.2.0(react@18.1.0(x@1.0.0)):
    dependencies:
      react: 18.1.0

  react@18.1.0: {}

  tool@2.1.4: {}

  tool@2.3.0:
    dependencies:
      deep: 0.1.0
"""
ENVIRONMENT = """---
lockfileVersion: '9.0'

importers:

  .:
    packageManagerDependencies:
      pnpm:
        specifier: 12.21.0
        version: 12.21.0

packages:

  pnpm@12.21.0:
    resolution: {integrity: sha512-p}

snapshots:

  pnpm@12.21.0: {}
---
"""
