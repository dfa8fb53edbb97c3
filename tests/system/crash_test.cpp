// kill -9 in the middle of a crowd: nothing acknowledged is lost, nothing happens twice, nothing stays half done.
#include "box_office.hpp"
#include "crowd.hpp"
#include "journal_events.hpp"
#include "sale_under_load.hpp"

#include <csignal>

using namespace frontrow::test;

namespace {

struct own_office : box_office {
  own_office() : box_office(node_settings{}) {}
};

} // namespace

BOOST_AUTO_TEST_SUITE(crashes)

BOOST_FIXTURE_TEST_CASE(killed_at_twenty_moments_nothing_acknowledged_is_lost_and_nothing_happens_twice, own_office) {
  seeded_chance chance("kill -9 at twenty moments");
  std::vector<std::unique_ptr<sale_under_load>> earlier;
  // One undisturbed sale tells how many answers there are to choose the moment from.
  auto calm = std::make_unique<sale_under_load>(*this, chance);
  calm->people.begin();
  calm->people.wait_for_all();
  calm->check(*this);
  const auto answers = calm->people.seen().answers;
  BOOST_TEST(calm->people.seen().lost == 0);
  BOOST_TEST(calm->people.seen().unavailable == 0);
  earlier.push_back(std::move(calm));

  std::int64_t lost = 0;
  for (int crash = 1; crash <= 20; ++crash)
    BOOST_TEST_CONTEXT("crash " << crash) {
      auto sale = std::make_unique<sale_under_load>(*this, chance);
      const auto moment = chance.between(1, answers - 10);
      sale->people.begin();
      sale->people.wait_for_answers(moment);
      house().kill();
      house().start();
      sale->people.wait_for_all();
      sale->check(*this);
      lost += sale->people.seen().lost;
      earlier.push_back(std::move(sale));
      BOOST_TEST_REQUIRE(!test_has_failed());
    }
  BOOST_TEST_MESSAGE("20 crashes, " << lost << " answers lost on the way");
  BOOST_TEST(lost > 0);
  // What the first crowds were told still holds after all the crashes.
  for (auto& sale : earlier)
    sale->check(*this);
}

BOOST_FIXTURE_TEST_CASE(killed_again_while_it_recovers_it_recovers_all_the_same, own_office) {
  seeded_chance chance("kill -9 during recovery");
  sale_under_load sale(*this, chance);
  sale.people.begin();
  sale.people.wait_for_answers(600);
  house().kill();
  for (int life = 0; life < 5; ++life) {
    child_process brief(house().command({}), house().data_dir() / "brief.log");
    brief.wait_for_line("ready ", std::chrono::milliseconds{chance.between(20, 400)});
    brief.signal(SIGKILL);
    brief.wait_for_end(deployment::stop_deadline);
  }
  house().start();
  sale.people.wait_for_all();
  sale.check(*this);
}

BOOST_AUTO_TEST_SUITE_END()
