#include <array>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "cluster/shard.hpp"

using namespace frontrow;
using domain::entity_kind;

namespace {
struct pinned {
  entity_kind kind;
  std::int64_t id;
  cluster::shard_id of_256;
};
} // namespace

BOOST_AUTO_TEST_CASE(the_shard_of_an_entity_never_changes) {
  // These stand in journals: an entity whose shard moved would lose its history.
  const std::array table{
      pinned{entity_kind::seat_map, 1, 194},
      pinned{entity_kind::seat_map, 2, 95},
      pinned{entity_kind::account, 1, 87},
      pinned{entity_kind::account, 42, 66},
      pinned{entity_kind::queue, 1, 234},
      pinned{entity_kind::account, 9'223'372'036'854'775'807, 102},
  };
  for (const auto& each : table)
    BOOST_TEST(cluster::shard_of({each.kind, each.id}, 256) == each.of_256);
}

BOOST_AUTO_TEST_CASE(shards_get_their_even_share_of_consecutive_ids) {
  constexpr int entities = 256'000;
  std::vector<int> count(256);
  for (int id = 1; id <= entities; ++id)
    ++count[static_cast<std::size_t>(cluster::shard_of({entity_kind::account, id}, 256))];
  for (const auto each : count) {
    BOOST_TEST(each > 850); // mean 1000; six standard deviations are 190 off, and the hash is fixed
    BOOST_TEST(each < 1150);
  }
}

BOOST_AUTO_TEST_CASE(any_count_of_shards_is_covered) {
  for (const auto shards : {1, 2, 64, 256, 1024})
    for (int id = 1; id <= 1000; ++id) {
      const auto shard = cluster::shard_of({entity_kind::queue, id}, shards);
      BOOST_TEST(shard >= 0);
      BOOST_TEST(shard < shards);
    }
}
