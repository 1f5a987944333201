// swift-tools-version:5.9
// The gateway protocol for native clients. Sources/ClawdisProtocol/Protocol.swift is generated: see README.md.

import PackageDescription

let package = Package(
    name: "ClawdisProtocol",
    platforms: [.macOS(.v13), .iOS(.v16)],
    products: [
        .library(name: "ClawdisProtocol", targets: ["ClawdisProtocol"])
    ],
    targets: [
        .target(name: "ClawdisProtocol"),
        .testTarget(
            name: "ClawdisProtocolTests",
            dependencies: ["ClawdisProtocol"],
            resources: [.copy("frames.json")]
        ),
    ]
)
