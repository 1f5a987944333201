// One frame of each kind, as the gateway's own tests have them, goes through the Swift types and comes out
// as it was.

import Foundation
import XCTest

@testable import ClawdisProtocol

final class FramesTests: XCTestCase {
    func testEveryFrameIsKnownAndComesOutAsItWas() throws {
        let frames = try JSONDecoder().decode([JSONValue].self, from: Data(contentsOf: samples))
        XCTAssertGreaterThan(frames.count, 40)
        for value in frames {
            let frame = try value.decoded(as: GatewayFrame.self)
            switch frame {
            case .unknown, .response(.unknown), .event(.unknown): XCTFail("unknown: \(value)")
            case .event(.agent(let event)):
                if case .unknown = event.payload { XCTFail("unknown: \(value)") }
            default: break
            }
            // What is null comes out as missing.
            XCTAssertEqual(try JSONValue(encoding: frame), withoutNulls(value))
        }
    }

    func testFramesOfANewerGatewayAreUnknownAndNotLost() throws {
        let text = #"{"type":"event","event":"of-tomorrow","payload":[1,2.5,null],"seq":7}"#
        let frame = try JSONDecoder().decode(GatewayFrame.self, from: Data(text.utf8))
        guard case .event(let event) = frame, case .unknown(let value) = event else {
            return XCTFail("not an unknown event: \(frame)")
        }
        XCTAssertEqual(event.seq, 7)
        XCTAssertEqual(value["payload"], .array([.int(1), .double(2.5), .null]))
    }

    func testParamsAndPayloadsTakeTheShapeOfTheirMethod() throws {
        let params = AgentParams(idempotencyKey: "k", message: "Hello.", thinking: .low)
        let request = RequestFrame(id: "1", method: "agent", params: try JSONValue(encoding: params))
        XCTAssertEqual(
            try JSONValue(encoding: request),
            .object([
                "type": .string("req"), "id": .string("1"), "method": .string("agent"),
                "params": .object([
                    "idempotencyKey": .string("k"), "message": .string("Hello."),
                    "thinking": .string("low"),
                ]),
            ]))
        let ack = #"{"runId":"r","status":"accepted","sessionKey":"main","sessionId":"s"}"#
        let payload = try JSONDecoder().decode(JSONValue.self, from: Data(ack.utf8))
        XCTAssertEqual(try payload.decoded(as: AgentAck.self).runId, "r")
    }

    private func withoutNulls(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let values):
            return .object(values.filter { $0.value != .null }.mapValues(withoutNulls))
        case .array(let values): return .array(values.map(withoutNulls))
        default: return value
        }
    }

    private var samples: URL {
        get throws {
            try XCTUnwrap(Bundle.module.url(forResource: "frames", withExtension: "json"))
        }
    }
}
