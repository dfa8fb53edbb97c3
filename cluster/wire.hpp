#pragma once

#include <type_traits>
#include <variant>

#include <caf/error.hpp>
#include <caf/sec.hpp>

#include "cluster/link_messages.hpp"

/// How envelopes and the messages of links travel: field by field, enums and choices as numbers that are checked
/// when read.
namespace frontrow::cluster {

template <class Inspector>
auto inspect(Inspector& inspector, return_address& address) {
  return inspector(address.node, address.gateway, address.correlation);
}

template <class Inspector>
auto inspect(Inspector& inspector, moved& answer) {
  return inspector(answer.shard, answer.epoch);
}

/// A message inside another, its length before it: CAF 0.17.6 reads one that it does not know as an empty one,
/// without an error, and then takes its bytes for what comes next.
struct carried {
  caf::message& content;
};

template <class Inspector>
auto inspect(Inspector& inspector, carried& one) -> decltype(inspector(one.content)) {
  auto length = static_cast<std::uint32_t>(one.content.size());
  if constexpr (std::is_void_v<decltype(inspector(length, one.content))>) {
    inspector(one.content);
  } else {
    if (auto failed = inspector(length, one.content))
      return failed;
    if constexpr (Inspector::writes_state) {
      if (one.content.size() != length)
        return caf::error{caf::sec::unknown_type};
    }
    return {};
  }
}

template <class Inspector>
auto inspect(Inspector& inspector, envelope& letter) -> decltype(inspector(letter.protocol)) {
  auto kind = static_cast<std::uint8_t>(letter.to.kind); // 0: no entity, but the shard itself
  carried payload{letter.payload};
  auto fields = [&] {
    return inspector(letter.protocol, letter.shard, letter.epoch, kind, letter.to.id, letter.from,
                     letter.command.high, letter.command.low, letter.trace, payload);
  };
  if constexpr (std::is_void_v<decltype(fields())>) { // for people
    fields();
  } else {
    if (auto failed = fields())
      return failed;
    if constexpr (Inspector::writes_state) {
      if (kind > static_cast<std::uint8_t>(domain::entity_kind::queue))
        return caf::error{caf::sec::unknown_type};
      letter.to.kind = static_cast<domain::entity_kind>(kind);
    }
    return {};
  }
}

/// news: which (0 shard_at, 1 prepared, 2 look, 3 catalog_at), shard, epoch (or the version); 0 where one has no
/// meaning.
template <class Inspector>
auto inspect(Inspector& inspector, news& what) -> decltype(inspector(std::declval<shard_id&>())) {
  auto which = static_cast<std::uint8_t>(what.index());
  shard_id shard = 0;
  epoch_number epoch = 0;
  if (auto at = std::get_if<shard_at>(&what)) {
    shard = at->shard;
    epoch = at->epoch;
  } else if (auto ready = std::get_if<prepared>(&what)) {
    shard = ready->shard;
  } else if (auto catalog = std::get_if<catalog_at>(&what)) {
    epoch = catalog->version;
  }
  if constexpr (std::is_void_v<decltype(inspector(which, shard, epoch))>) {
    inspector(which, shard, epoch);
  } else {
    if (auto failed = inspector(which, shard, epoch))
      return failed;
    if constexpr (Inspector::writes_state) {
      switch (which) {
      case 0:
        what = shard_at{shard, epoch};
        break;
      case 1:
        what = prepared{shard};
        break;
      case 2:
        what = look{};
        break;
      case 3:
        what = catalog_at{epoch};
        break;
      default:
        return caf::error{caf::sec::unknown_type};
      }
    }
    return {};
  }
}

template <class Inspector>
auto inspect(Inspector& inspector, hello& said) {
  return inspector(said.protocol, said.cluster, said.number, said.incarnation, said.to, said.to_incarnation);
}

template <class Inspector>
auto inspect(Inspector& inspector, refusal& said) {
  return inspector(said.reason);
}

template <class Inspector>
auto inspect(Inspector& inspector, welcome& said) {
  return inspector(said.number, said.incarnation);
}

template <class Inspector>
auto inspect(Inspector& inspector, reply& one) {
  carried what{one.what};
  return inspector(one.whom, what);
}

template <class Inspector>
auto inspect(Inspector& inspector, parcel& all) {
  return inspector(all.sequence, all.through, all.letters, all.replies, all.told);
}

template <class Inspector>
auto inspect(Inspector& inspector, taken& said) {
  return inspector(said.through);
}

template <class Inspector>
auto inspect(Inspector& inspector, beat&) {
  return inspector();
}

} // namespace frontrow::cluster
