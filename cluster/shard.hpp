#pragma once

#include <cstdint>

#include "domain/identity.hpp"

namespace frontrow::cluster {

/// A shard, from 0 to the cluster's shard count − 1. The count is fixed when the cluster is born.
using shard_id = std::int32_t;

/// How often a shard has changed hands. Whoever holds the highest epoch owns the shard; the journal refuses
/// rows of any other (the fence).
using epoch_number = std::int64_t;

/// The shard of an entity: a 64-bit mix of kind and id, modulo the count.
///
///   x     = (kind << 56) xor id                       (kind: 1 seat_map, 2 account, 3 queue)
///   mixed = the finaliser of SplitMix64 over x         (Steele, Lea, Flood: OOPSLA 2014; java.util.SplittableRandom)
///   shard = mixed mod count
///
/// Its values are part of the stored format: a test pins them.
shard_id shard_of(domain::entity_ref entity, std::int32_t shard_count);

} // namespace frontrow::cluster
