#pragma once

#include <caf/io/middleman.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <cstdint>

namespace frontrow::cluster {

/// CAF's middleman, and a limit to what a peer may announce before it has shaken hands. CAF makes room for
/// the payload that a header promises, up to 4 GiB, before a byte of it is there: a few bytes from anybody
/// who reaches the port held up all links for seconds, or took the machine's memory. (A peer that has shaken
/// hands may send parcels of any size.)
class guarded_middleman : public caf::io::middleman {
public:
  /// A handshake has some hundred bytes.
  static constexpr std::uint32_t strangers_payload_max = 64 * 1024;

  explicit guarded_middleman(caf::actor_system& system);

  void start() override;
  caf::io::network::multiplexer& backend() override { return backend_; }

  /// As CAF's modules are made.
  static caf::actor_system::module* make(caf::actor_system& system, caf::detail::type_list<>);

private:
  caf::io::network::default_multiplexer backend_;
};

} // namespace frontrow::cluster
