// The waiting room: order, rate, room, and those who go away.
#include "box_office.hpp"
#include "journal_events.hpp"

#include <algorithm>
#include <numeric>
#include <set>

using namespace frontrow::test;

BOOST_FIXTURE_TEST_SUITE(waiting_room, box_office)

namespace {

std::vector<http_request> joins(const std::vector<person>& crowd, std::int64_t concert) {
  std::vector<http_request> requests;
  for (const auto& each : crowd)
    requests.push_back(each.join(concert));
  return requests;
}

void expect_promises_kept(const queue_record& record) {
  for (const auto& complaint : record.complaints)
    BOOST_ERROR(complaint);
}

} // namespace

BOOST_AUTO_TEST_CASE(a_hundred_people_who_join_at_once_stand_in_the_order_of_their_acceptance) {
  auto concert = open_concert();
  change_queue(concert, {{"paused", true}});
  std::vector<person> crowd(100);
  auto answers = http().ask_all(joins(crowd, concert));
  std::map<std::int64_t, std::int64_t> position_of;
  std::set<std::string> tokens;
  for (std::size_t at = 0; at < crowd.size(); ++at) {
    auto place = must(201, answers[at]);
    BOOST_TEST(place.at("status") == "WAITING");
    BOOST_TEST(place.at("ahead") == place.at("position").get<std::int64_t>() - 1);
    position_of[place.at("position")] = crowd[at].user;
    tokens.insert(place.at("queueToken").get<std::string>());
  }
  BOOST_TEST(tokens.size() == 100u);
  BOOST_TEST_REQUIRE(position_of.size() == 100u);
  BOOST_TEST(position_of.begin()->first == 1);
  BOOST_TEST(position_of.rbegin()->first == 100);
  auto record = examine_queue(journal_of(house(), "queue", concert));
  expect_promises_kept(record);
  std::vector<std::int64_t> by_position;
  for (const auto& [position, user] : position_of)
    by_position.push_back(user);
  BOOST_TEST(by_position == record.users_in_order, boost::test_tools::per_element());

  // One who leaves in the middle moves those behind, and nobody else.
  std::map<std::int64_t, std::size_t> index_of;
  for (std::size_t at = 0; at < crowd.size(); ++at) {
    crowd[at].queue_token = answers[at].document().at("queueToken");
    index_of[crowd[at].user] = at;
  }
  must(204, ask(crowd[index_of[by_position[49]]].leave()));
  BOOST_TEST(ask(200, crowd[index_of[by_position[48]]].poll()).at("position") == 49);
  BOOST_TEST(ask(200, crowd[index_of[by_position[50]]].poll()).at("position") == 50);
  BOOST_TEST(ask(200, crowd[index_of[by_position[99]]].poll()).at("position") == 99);

  change_queue(concert, {{"paused", false}});
  for (auto user : by_position)
    if (user != by_position[49])
      ask_until([&] { return crowd[index_of[user]].poll(); },
                [](const json& place) { return place.value("status", "") == "ACTIVE"; });
}

BOOST_AUTO_TEST_CASE(one_person_who_joins_ten_times_at_once_has_one_place) {
  auto concert = open_concert();
  std::vector<person> crowd(10, person());
  auto answers = http().ask_all(joins(crowd, concert));
  expect_tally(answers, {{"201", 1}, {"200", 9}});
  std::set<std::string> tokens;
  for (const auto& answer : answers)
    tokens.insert(answer.document().value("queueToken", ""));
  BOOST_TEST(tokens.size() == 1u);
  BOOST_TEST(examine_queue(journal_of(house(), "queue", concert)).users_in_order.size() == 1u);
}

BOOST_AUTO_TEST_CASE(admission_keeps_its_rate_and_its_order_for_ten_seconds) {
  auto concert = open_concert({{"ratePerSecond", 50}, {"burst", 10}, {"maxActive", 10'000}, {"abandonSeconds", 0}});
  std::vector<person> crowd(520);
  expect_tally(http().ask_all(joins(crowd, concert)), {{"201", 520}});
  auto last_one = person(); // behind all of them
  last_one.queue_token = ask(201, last_one.join(concert)).at("queueToken");
  ask_until([&] { return last_one.poll(); }, [](const json& place) { return place.value("status", "") == "ACTIVE"; },
            std::chrono::seconds{40});
  auto record = examine_queue(journal_of(house(), "queue", concert));
  expect_promises_kept(record);
  BOOST_TEST(record.admitted_users == record.users_in_order, boost::test_tools::per_element());
  BOOST_TEST(record.admitted_users.size() == 521u);
  const auto length = record.last_admission_at - record.first_admission_at;
  BOOST_TEST_MESSAGE("521 people were let in within " << length << " ms at 50/s with burst 10");
  BOOST_TEST(length >= 10'000);
}

BOOST_AUTO_TEST_CASE(never_more_than_max_active_shop_at_once) {
  auto policy = open_doors();
  policy["maxActive"] = 5;
  auto concert = open_concert(policy);
  std::vector<person> crowd(60);
  auto answers = http().ask_all(joins(crowd, concert));
  for (std::size_t at = 0; at < crowd.size(); ++at)
    crowd[at].queue_token = must(201, answers[at]).at("queueToken");
  auto record = examine_queue(journal_of(house(), "queue", concert));
  std::map<std::int64_t, const person*> by_user;
  for (const auto& each : crowd)
    by_user[each.user] = &each;
  // Everyone shops for a moment and leaves, in the order of the queue.
  for (auto user : record.users_in_order) {
    const auto& who = *by_user.at(user);
    ask_until([&] { return who.poll(); }, [](const json& place) { return place.value("status", "") == "ACTIVE"; });
    must(204, ask(who.leave()));
  }
  record = examine_queue(journal_of(house(), "queue", concert));
  expect_promises_kept(record);
  BOOST_TEST(record.active_most == 5);
  BOOST_TEST(record.admitted_users == record.users_in_order, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(abandoned_places_do_not_block_those_behind_them) {
  auto policy = open_doors();
  policy["maxActive"] = 1;
  policy["abandonSeconds"] = 1;
  auto concert = open_concert(policy);
  auto first = admitted(concert);
  std::vector<person> gone(20);
  auto answers = http().ask_all(joins(gone, concert));
  auto patient = person();
  patient.queue_token = ask(201, patient.join(concert)).at("queueToken");
  // The patient one polls until all in front have been given up.
  ask_until([&] { return patient.poll(); }, [](const json& place) { return place.value("position", 0) == 1; });
  must(204, ask(first.leave()));
  ask_until([&] { return patient.poll(); }, [](const json& place) { return place.value("status", "") == "ACTIVE"; });
  auto record = examine_queue(journal_of(house(), "queue", concert));
  expect_promises_kept(record);
  BOOST_TEST(record.admitted_users == (std::vector{first.user, patient.user}), boost::test_tools::per_element());
  gone[0].queue_token = answers[0].document().at("queueToken");
  BOOST_TEST(ask(200, gone[0].poll()).at("status") == "EXPIRED");
}

BOOST_AUTO_TEST_CASE(the_policy_changes_while_the_queue_runs) {
  auto concert = open_concert();
  change_queue(concert, {{"paused", true}});
  std::vector<person> crowd(6);
  for (auto& each : crowd)
    each.queue_token = ask(201, each.join(concert)).at("queueToken");
  BOOST_TEST(ask(200, crowd[0].poll()).at("status") == "WAITING");
  change_queue(concert, {{"maxActive", 2}});
  BOOST_TEST(ask(200, crowd[0].poll()).at("status") == "WAITING");
  change_queue(concert, {{"paused", false}});
  for (int at : {0, 1})
    ask_until([&] { return crowd[static_cast<std::size_t>(at)].poll(); },
              [](const json& place) { return place.value("status", "") == "ACTIVE"; });
  BOOST_TEST(ask(200, crowd[2].poll()).at("status") == "WAITING");
  BOOST_TEST(ask(200, crowd[2].poll()).at("position") == 1);
  change_queue(concert, {{"maxActive", 100}});
  ask_until([&] { return crowd[5].poll(); }, [](const json& place) { return place.value("status", "") == "ACTIVE"; });
  auto queue_of = house().admin_request("PATCH", "/admin/v1/concerts/" + std::to_string(concert) + "/queue");
  queue_of.with_json({{"maxActive", 0}});
  expect_problem(house().admin_http().ask(queue_of), 400, "INVALID_REQUEST");
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_and_lets_in_again_when_someone_leaves) {
  auto policy = open_doors();
  policy["capacity"] = 2;
  auto concert = open_concert(policy);
  change_queue(concert, {{"paused", true}});
  std::vector<person> crowd(20);
  auto answers = http().ask_all(joins(crowd, concert));
  expect_tally(answers, {{"201", 2}, {"409 QUEUE_FULL", 18}});
  for (std::size_t at = 0; at < crowd.size(); ++at)
    if (answers[at].status == 201) {
      crowd[at].queue_token = answers[at].document().at("queueToken");
      BOOST_TEST(ask(200, crowd[at].join(concert)).at("queueToken") == crowd[at].queue_token);
      must(204, ask(crowd[at].leave()));
      BOOST_TEST(ask(200, crowd[at].poll()).at("status") == "EXPIRED");
      break;
    }
  ask(201, person().join(concert));
}

BOOST_AUTO_TEST_CASE(when_all_is_sold_the_waiting_are_told_and_a_cancellation_reopens_the_room) {
  auto concert = open_concert();
  auto option = open_option(concert, {{"seatCount", 2}});
  auto buyer = admitted(concert);
  change_queue(concert, {{"paused", true}});
  auto waiting = person();
  waiting.queue_token = ask(201, waiting.join(concert)).at("queueToken");
  BOOST_TEST(ask(200, waiting.poll()).at("status") == "WAITING");
  ask(201, buyer.charge(2'000));
  const std::string payment = ask(201, buyer.pay(hold(buyer, option, {1, 2}))).at("paymentId");
  ask_until([&] { return waiting.poll(); }, [](const json& place) { return place.value("status", "") == "SOLD_OUT"; });
  expect_problem(ask(person().join(concert)), 409, "SOLD_OUT");
  change_queue(concert, {{"paused", false}});
  BOOST_TEST(ask(200, waiting.poll()).at("status") == "SOLD_OUT");
  BOOST_TEST(ask(200, waiting.join(concert)).at("queueToken") == waiting.queue_token);
  ask(200, buyer.cancel(payment));
  ask_until([&] { return waiting.poll(); }, [](const json& place) { return place.value("status", "") == "ACTIVE"; });
  hold(waiting, option, {2});
  BOOST_TEST(balance(buyer) == 2'000);
}

BOOST_AUTO_TEST_SUITE_END()
