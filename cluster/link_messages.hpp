#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cluster/links.hpp"

/// What two nodes say to each other on a link. The one with the higher number dials:
///
///   dialer's link actor                          listener
///   hello                                  ->    its published reception
///                                          <-    refusal (from the reception), or welcome (from a new link actor)
///   parcel, taken, beat                   <->    parcel, taken, beat
///
/// A parcel acknowledges what came before it; `taken` is said for every second parcel that nothing went back for, and
/// with the next sign of life.
/// hello and refusal are what nodes of two versions say to each other: they never change.
namespace frontrow::cluster {

struct hello {
  std::uint16_t protocol = protocol_version;
  std::string cluster;
  node_number number = 0; ///< who speaks
  std::string incarnation;
  node_number to = 0; ///< whom it means; another may live at the address by now
  std::string to_incarnation;
};

struct refusal {
  std::string reason;
};

struct welcome {
  node_number number = 0;
  std::string incarnation;
};

struct reply {
  return_address whom;
  caf::message what;
};

/// Numbered from 1 in each direction, without a gap: CAF drops a message that it cannot read in silence.
struct parcel {
  std::uint64_t sequence = 0;
  std::uint64_t through = 0; ///< as in `taken`
  std::vector<envelope> letters;
  std::vector<reply> replies;
  std::vector<news> told;
};

/// Every parcel up to this one has been handed over.
struct taken {
  std::uint64_t through = 0;
};

/// A sign of life.
struct beat {};

} // namespace frontrow::cluster
