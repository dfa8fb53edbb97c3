#include "http/place_desk.hpp"

#include "actors/letter_round.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>
#include <map>

using namespace frontrow;
using http::place_desk;
namespace asio = boost::asio;

namespace {

domain::place_secret secret_of(domain::place_number place) {
  domain::place_secret secret{};
  secret.front() = static_cast<std::uint8_t>(place);
  return secret;
}

/// A desk whose messages wait for the test to answer them, and whose board tells of place 99 alone.
struct waiting_room {
  struct joining {
    domain::concert_id concert;
    domain::join_together all;
    std::string traces;
    std::function<void(place_desk::answers_joined)> then;
  };
  struct message {
    domain::concert_id concert;
    domain::read_places question;
    std::function<void(place_desk::answers_read)> then;

    void answer() const {
      domain::places_read told;
      for (const auto& each : question.places) {
        auto& view = told.places.emplace_back();
        if (each.secret == secret_of(each.place))
          view.place = each.place;
      }
      then(told);
    }
  };

  asio::io_context context; // outlives what waits: whoever is let go of is told so there
  std::map<domain::place_number, place_desk::answer> told;
  std::vector<message> sent;
  std::vector<joining> joined;
  place_desk desk{place_desk::ways{
      .glance = [](domain::concert_id, const domain::read_place& question) -> std::optional<domain::place_view> {
        if (question.place != 99)
          return std::nullopt;
        domain::place_view view;
        view.place = 99;
        return view;
      },
      .read = [this](domain::concert_id concert, domain::read_places question,
                     auto then) { sent.push_back({concert, std::move(question), std::move(then)}); },
      .join = [this](domain::concert_id concert, domain::join_together all, const std::string& traces,
                     auto then) { joined.push_back({concert, std::move(all), traces, std::move(then)}); },
  }};

  http::awaitable<void> join_one(domain::concert_id concert, domain::user_id user, std::string trace) {
    const auto answer = co_await desk.join(concert, {{}, user, {}}, trace);
    told[user] = answer ? *answer : actors::unavailable{};
  }
  void join(domain::concert_id concert, domain::user_id user, const std::string& trace) {
    asio::co_spawn(context, join_one(concert, user, trace), asio::detached);
  }
  http::awaitable<void> ask_one(domain::concert_id concert, domain::read_place question) {
    told[question.place] = co_await desk.read(concert, question);
  }
  void ask(domain::concert_id concert, domain::place_number place, domain::place_secret secret) {
    asio::co_spawn(context, ask_one(concert, {place, secret, 0}), asio::detached);
  }
  void run() {
    context.restart();
    context.poll();
  }
  /// Three questions in one round: two of concert 1, one of concert 2.
  void ask_three() {
    actors::letter_round round;
    ask(1, 11, secret_of(11));
    ask(2, 21, secret_of(21));
    ask(1, 12, secret_of(12));
    const auto before = sent.size();
    run();
    BOOST_TEST(sent.size() == before);
  }
  bool has_place(domain::place_number place) const {
    const auto* view = std::get_if<domain::place_view>(&told.at(place));
    return view != nullptr && view->place == place;
  }
  bool is_unavailable(domain::place_number place) const {
    return std::holds_alternative<actors::unavailable>(told.at(place));
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(place_desks, waiting_room)

BOOST_AUTO_TEST_CASE(what_a_round_asks_of_one_queue_goes_in_one_message_and_each_hears_of_its_own_place) {
  ask_three();
  BOOST_REQUIRE_EQUAL(sent.size(), 2U);
  BOOST_TEST(sent[0].concert == 1);
  BOOST_TEST(sent[0].question.places.size() == 2U);
  BOOST_TEST(sent[1].concert == 2);
  sent[0].answer();
  run();
  BOOST_TEST(told.size() == 2U);
  BOOST_TEST((has_place(11) && has_place(12)));
  sent[1].answer();
  run();
  BOOST_TEST(has_place(21));
}

BOOST_AUTO_TEST_CASE(the_next_round_waits_for_no_answer) {
  ask_three();
  ask_three();
  BOOST_TEST(sent.size() == 4U);
}

BOOST_AUTO_TEST_CASE(without_a_round_a_question_goes_by_itself_at_once) {
  ask(1, 11, secret_of(11));
  ask(1, 12, secret_of(12));
  run();
  BOOST_REQUIRE_EQUAL(sent.size(), 2U);
  sent[1].answer();
  run();
  BOOST_TEST((told.size() == 1U && has_place(12)));
}

BOOST_AUTO_TEST_CASE(who_has_no_place_is_refused_and_nobody_else) {
  {
    actors::letter_round round;
    ask(1, 11, secret_of(7));
    ask(1, 12, secret_of(12));
    run();
  }
  sent.at(0).answer();
  run();
  const auto* refused = std::get_if<domain::refused>(&told.at(11));
  BOOST_TEST((refused != nullptr && refused->reason == domain::refusal::queue_token_invalid));
  BOOST_TEST(has_place(12));
}

BOOST_AUTO_TEST_CASE(when_the_queue_gives_no_answer_or_one_too_short_all_are_to_ask_again) {
  ask_three();
  sent[0].then(actors::unavailable{});
  sent[1].then(domain::places_read{});
  run();
  BOOST_TEST((is_unavailable(11) && is_unavailable(12) && is_unavailable(21)));
}

BOOST_AUTO_TEST_CASE(when_the_queue_refuses_the_message_all_hear_why) {
  ask_three();
  sent[0].then(domain::refused{domain::refusal::concert_not_found, {}});
  run();
  const auto* refused = std::get_if<domain::refused>(&told.at(12));
  BOOST_TEST((refused != nullptr && refused->reason == domain::refusal::concert_not_found));
}

BOOST_AUTO_TEST_CASE(a_message_that_is_forgotten_makes_nobody_wait_for_ever) {
  ask_three();
  sent.clear();
  run();
  BOOST_TEST((is_unavailable(11) && is_unavailable(12) && is_unavailable(21)));
}

BOOST_AUTO_TEST_CASE(what_hangs_on_the_board_is_told_at_once_and_the_queue_is_not_asked) {
  ask(1, 99, secret_of(99));
  run();
  BOOST_TEST(has_place(99));
  BOOST_TEST(sent.empty());
}

BOOST_AUTO_TEST_CASE(whoever_joins_one_queue_in_a_round_goes_together_and_each_hears_of_its_own_place) {
  {
    actors::letter_round round;
    join(1, 31, "trace-a");
    join(2, 32, "trace-b");
    join(1, 33, "trace-c");
    ask(1, 11, secret_of(11));
    run();
    BOOST_TEST(joined.empty());
  }
  BOOST_REQUIRE_EQUAL(joined.size(), 2U);
  BOOST_TEST(joined[0].all.all.size() == 2U);
  BOOST_TEST(joined[0].traces == "trace-a trace-c");
  BOOST_TEST(joined[1].concert == 2);
  BOOST_TEST(sent.size() == 1U);
  domain::place_view view;
  view.place = 31;
  joined[0].then(domain::joined_together{{view, domain::refused{domain::refusal::queue_full, {}}}});
  joined[1].then(actors::unavailable{});
  run();
  BOOST_TEST(has_place(31));
  BOOST_TEST(is_unavailable(32));
  const auto* refused = std::get_if<domain::refused>(&told.at(33));
  BOOST_TEST((refused != nullptr && refused->reason == domain::refusal::queue_full));
}

BOOST_AUTO_TEST_CASE(an_answer_too_short_makes_the_rest_ask_again) {
  {
    actors::letter_round round;
    join(1, 31, "a");
    join(1, 32, "b");
    run();
  }
  domain::place_view view;
  view.place = 31;
  joined.at(0).then(domain::joined_together{{view}});
  run();
  BOOST_TEST((has_place(31) && is_unavailable(32)));
}

BOOST_AUTO_TEST_SUITE_END()
