#include "http/io_worker.hpp"

#include "actors/letter_round.hpp"
#include "tests/http/running_server.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <future>
#include <memory>

using namespace frontrow::http_test;
using frontrow::actors::letter_round;

namespace {

/// Whether actors that are woken by what an I/O thread asks in a row of `handlers` run in that thread.
bool runs_woken_after(int handlers) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  running_server server;
  const auto worker = std::make_shared<io_worker>(server_options{}, server.door, std::make_shared<connection_count>());
  worker->start();
  std::promise<bool> told;
  asio::post(worker->context, [&] {
    auto* const round = letter_round::of_this_thread();
    round->before_sending([&told, &system, round] { told.set_value(round->runs_woken(system) != nullptr); });
    for (int nth = 1; nth < handlers; ++nth)
      asio::post(worker->context, [] {});
  });
  const auto here = told.get_future().get();
  worker->join(io_worker::ending::after_work);
  return here;
}

} // namespace

BOOST_AUTO_TEST_SUITE(an_io_thread)

BOOST_AUTO_TEST_CASE(runs_whom_it_wakes_when_nothing_more_is_ready) {
  BOOST_TEST(runs_woken_after(1));
}

BOOST_AUTO_TEST_CASE(leaves_whom_it_wakes_to_workers_while_more_is_ready) {
  BOOST_TEST(!runs_woken_after(1'000));
}

BOOST_AUTO_TEST_SUITE_END()
