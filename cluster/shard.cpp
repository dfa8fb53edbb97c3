#include "cluster/shard.hpp"

namespace frontrow::cluster {

shard_id shard_of(domain::entity_ref entity, std::int32_t shard_count) {
  auto x = (static_cast<std::uint64_t>(entity.kind) << 56) ^ static_cast<std::uint64_t>(entity.id);
  x += 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  x ^= x >> 31;
  return static_cast<shard_id>(x % static_cast<std::uint64_t>(shard_count));
}

} // namespace frontrow::cluster
