#include "bench/contest/plan.hpp"

#include "bench/contest/figures.hpp"

#include <algorithm>

namespace frontrow::bench {

namespace {

/// To take a seat, beside the strongest.
constexpr const char* other_ways[] = {"pessimistic", "optimistic", "redis-lock"};
constexpr int large_hall = 10'000, small_hall = 50;
/// What every system here can bear.
constexpr double paced_holds_a_second = 1'000;
/// Half of what a purchase must reach.
constexpr double paced_purchases_a_second = 1'500;
constexpr std::size_t few_connections = 64, some_connections = 1'000;

cell join(std::size_t connections) {
  return {"join", "join " + whole_number(connections) + " connections",
          [=](stay& at) { return run_join(at, connections); }};
}
cell poll(std::size_t connections) {
  return {"poll", "poll " + whole_number(connections) + " connections",
          [=](stay& at) { return run_poll(at, connections); }};
}
cell hold_hot() {
  return {"hold-hot", "hold-hot", run_hold_hot};
}
cell hold_spread(int seats) {
  return {"hold-spread", "hold-spread " + whole_number(static_cast<std::size_t>(seats)) + " seats",
          [=](stay& at) { return run_hold_spread(at, seats); }};
}
cell hold_paced() {
  return {"hold-spread", "hold-spread at 1,000/s",
          [](stay& at) { return run_hold_spread(at, large_hall, paced_holds_a_second); }};
}
cell best_available() {
  return {"best-available", "best-available", run_best_available};
}
cell charge_hot() {
  return {"charge-hot", "charge-hot", run_charge_hot};
}
cell purchase() {
  return {"purchase", "purchase", [](stay& at) { return run_purchase(at); }};
}
cell purchase_paced() {
  return {"purchase", "purchase at 1,500/s",
          [](stay& at) { return run_purchase(at, paced_purchases_a_second); }};
}
cell seats(seat_list_request how) {
  return {"seats", how == seat_list_request::plain ? "seats" : "seats with ETag",
          [=](stay& at) { return run_seats(at, {.how = how}); }};
}
cell on_sale() {
  return {"on-sale", "on-sale", [](stay& at) { return run_on_sale(at, at.how_long.day_people); }};
}
cell on_sale_of_others() {
  return {"on-sale", "on-sale", [](stay& at) { return run_on_sale(at, at.how_long.day_people_others); }};
}

/// What HTTP alone takes of a scenario over so many connections.
cell nginx(cell like, std::size_t connections) {
  return {like.family, like.scenario, {}, [=](const extent& how_long) {
            return run_nginx(how_long, connections);
          }};
}
/// What HTTP and a commit take of it, and nothing else.
cell committed_constant(cell like, std::size_t connections) {
  return {like.family, like.scenario, {}, [=](const extent& how_long) {
            return run_committed_constant(how_long, connections);
          }};
}
entrant pgbench(const std::string& family, const std::string& scenario, const std::string& script,
                int clients) {
  return {std::string(pgbench_name) + script + " " + std::to_string(clients),
          {},
          {{family, scenario, {}, [=](const extent& how_long) {
              return run_pgbench(how_long, {script, clients});
            }}}};
}
entrant redis_benchmark(const std::string& family, const std::string& scenario, const std::string& command) {
  return {"redis-benchmark/" + command, {}, {{family, scenario, {}, [=](const extent& how_long) {
                                                return run_redis_benchmark(how_long, command);
                                              }}}};
}

entrant one_node(std::vector<cell> cells) {
  return {std::string(one_node_name), [] { return start_frontrow(); }, std::move(cells)};
}
entrant cluster(std::vector<cell> cells) {
  return {"frontrow 2+1", start_frontrow_cluster, std::move(cells)};
}
entrant bare(const std::string& way, std::vector<cell> cells) {
  return {std::string(bare_name) + way,
          [=] {
            return start_node_service({way, checks::none, "everysec"});
          },
          std::move(cells)};
}
entrant checked(const std::string& way, std::vector<cell> cells) {
  return {std::string(checked_name) + way,
          [=] {
            return start_node_service({way, checks::same, "always"});
          },
          std::move(cells)};
}

heat waiting_room(const extent& how_long) {
  const auto small_storm = join(few_connections), storm = join(some_connections);
  const auto some = poll(some_connections);
  const auto many = poll(static_cast<std::size_t>(how_long.many_connections));
  const auto many_count = static_cast<std::size_t>(how_long.many_connections);
  return {{{"nginx",
            {},
            {nginx(small_storm, few_connections), nginx(storm, some_connections),
             nginx(some, some_connections), nginx(many, many_count)}},
           {"committed constant",
            {},
            {committed_constant(small_storm, few_connections), committed_constant(storm, some_connections)}},
           one_node({small_storm, storm, some, many}),
           bare("conditional", {small_storm, storm, some, many}),
           checked("conditional", {small_storm, storm, some}),
           cluster({small_storm, storm, some}),
           redis_benchmark("join", small_storm.scenario, "ZADD"),
           redis_benchmark("poll", some.scenario, "ZRANK")}};
}

heat holds(depth how_deep) {
  const auto large = hold_spread(large_hall), small = hold_spread(small_hall);
  heat made;
  std::vector<cell> all{large,
                        hold_paced(),
                        hold_hot(),
                        best_available(),
                        seats(seat_list_request::plain),
                        seats(seat_list_request::conditional)};
  made.entrants.push_back(one_node(all));
  made.entrants.back().cells.push_back(small);
  made.entrants.push_back(checked("conditional", {large, hold_paced(), hold_hot(), best_available(), small}));
  made.entrants.push_back(
      bare("conditional", {large, hold_paced(), hold_hot(), small, seats(seat_list_request::plain),
                           seats(seat_list_request::conditional)}));
  if (how_deep == depth::quick) {
    for (auto& each : made.entrants)
      std::erase_if(each.cells, [&](const auto& one) { return one.scenario == small.scenario; });
    made.entrants.push_back(cluster({large}));
  } else {
    for (const auto& way : other_ways) {
      made.entrants.push_back(checked(way, {large, hold_hot()}));
      made.entrants.push_back(bare(way, {large, hold_hot()}));
    }
    made.entrants.push_back(cluster({large, hold_hot(), best_available()}));
  }
  made.entrants.push_back(pgbench("hold-spread", large.scenario, "hold-conditional", 64));
  made.entrants.push_back(pgbench("hold-spread", large.scenario, "hold-pessimistic", 64));
  made.entrants.push_back(pgbench("hold-hot", "hold-hot", "hot-conditional", 64));
  made.entrants.push_back(pgbench("hold-hot", "hold-hot", "hot-pessimistic", 64));
  made.entrants.push_back(pgbench("hold-spread", "a journal's row", "journal-row", 16));
  return made;
}

heat money() {
  return {{one_node({charge_hot(), purchase(), purchase_paced()}),
           checked("conditional", {charge_hot(), purchase()}), bare("conditional", {charge_hot()}),
           cluster({charge_hot(), purchase()}), pgbench("charge-hot", "charge-hot", "charge", 16),
           pgbench("charge-hot", "charge-hot", "charge", 64)}};
}

heat day() {
  return {
      {one_node({on_sale()}), checked("conditional", {on_sale_of_others()}), cluster({on_sale_of_others()})},
      true};
}

heat growth() {
  return {{one_node({{"waiting", "growth: people waiting", run_waiting}}),
           one_node({{"accounts", "growth: accounts", run_accounts}}),
           {std::string(one_node_name),
            {},
            {{"shards", "growth: shards", {}, run_shards},
             {"option-sizes", "growth: seats of an option", {}, run_option_sizes},
             {"journal-lengths", "growth: journal", {}, run_journal_lengths}}}},
          true,
          false,
          "growth"};
}

} // namespace

const std::vector<std::string>& families() {
  static const std::vector<std::string> all{"join",           "poll",         "hold-hot",       "hold-spread",
                                            "best-available", "seats",        "charge-hot",     "purchase",
                                            "on-sale",        "growth",       "waiting",        "accounts",
                                            "shards",         "option-sizes", "journal-lengths"};
  return all;
}

std::vector<heat> plan_of(const extent& how_long, depth how_deep, const std::vector<std::string>& wanted) {
  std::vector<heat> all{waiting_room(how_long), holds(how_deep), money(), day(), growth()};
  const auto named = [&](const std::string& name) {
    return std::find(wanted.begin(), wanted.end(), name) != wanted.end();
  };
  for (auto& each : all) {
    if (wanted.empty() || named(each.group))
      continue;
    for (auto& one : each.entrants)
      std::erase_if(one.cells, [&](const auto& it) { return !named(it.family); });
    std::erase_if(each.entrants, [](const auto& one) { return one.cells.empty(); });
  }
  std::erase_if(all, [](const auto& each) { return each.entrants.empty(); });
  return all;
}

} // namespace frontrow::bench
