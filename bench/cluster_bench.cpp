/// What a killed, frozen, joining or leaving node costs those who ask, on real processes and a real PostgreSQL: nodes
/// that host shards, and one front through which everybody asks.

#include "cluster/shard.hpp"
#include "tests/system/cluster_deployment.hpp"
#include "tests/system/person.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

using namespace frontrow;
using namespace std::chrono_literals;
using test::cluster_deployment;
using test::json;
using test::person;
using clock_type = std::chrono::steady_clock;
using milliseconds = std::chrono::duration<double, std::milli>;

struct arguments {
  int kills = 50;
  int freezes = 5;
  int moves = 3;      ///< joins and drains of a node
  int big_moves = 10; ///< ... of the shards with a large hall and a full waiting room
  int waiting = 100'000;
  std::chrono::milliseconds loop{5'000};
  bool front_only = false; ///< measure what a front costs, and no more
};

/// An answer, or none.
struct sample {
  int shard = 0;
  clock_type::time_point begun;
  clock_type::time_point ended;
  unsigned status = 0;
};

/// One person per shard who asks for a balance again and again, each over a connection of its own. On a thread of its
/// own, until it goes.
class askers {
public:
  explicit askers(std::uint16_t front) : people_(one_per_shard()), thread_([this, front] { run(front); }) {}
  ~askers() {
    stopping_ = true;
    thread_.join();
  }
  /// What was asked since the last call.
  std::vector<sample> take() {
    std::lock_guard lock{mutex_};
    return std::exchange(samples_, {});
  }

private:
  static constexpr auto pause = 50ms;

  static std::vector<person> one_per_shard() {
    std::map<int, std::int64_t> users;
    for (std::int64_t user = 1; std::ssize(users) < cluster_deployment::shards; ++user)
      users.try_emplace(cluster::shard_of({domain::entity_kind::account, user}, cluster_deployment::shards), user);
    std::vector<person> people;
    for (const auto& [shard, user] : users)
      people.emplace_back(user);
    return people;
  }

  void run(std::uint16_t front) {
    test::http_client client{front};
    std::vector<test::asio::awaitable<void>> all;
    for (int shard = 0; shard < cluster_deployment::shards; ++shard)
      all.push_back(ask_on(client, shard));
    client.run(std::move(all));
  }

  test::asio::awaitable<void> ask_on(test::http_client& client, int shard) {
    while (!stopping_) {
      sample one{shard, clock_type::now(), {}, 0};
      const auto answer = co_await client.send(people_[static_cast<std::size_t>(shard)].balance());
      one.ended = clock_type::now();
      one.status = answer.status;
      {
        std::lock_guard lock{mutex_};
        samples_.push_back(one);
      }
      co_await client.pause(pause);
    }
  }

  std::vector<person> people_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<sample> samples_;
  std::thread thread_;
};

double percentile(std::vector<double> values, double share) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

double took_ms(const sample& one) { return milliseconds{one.ended - one.begun}.count(); }

/// Figures of a fault, over all of its repetitions.
struct figures {
  std::vector<double> recovery; ///< ms from the fault to the end of the first good answer on each shard it hit
  std::vector<double> before;   ///< ms an answer took on the others, before the fault
  std::vector<double> after;    ///< ... in the two seconds after it
  std::size_t refused = 0;      ///< answers other than 200
};

void print_title() {
  std::printf("%-34s %8s %8s %8s   %-27s %7s\n", "", "p50 ms", "p99 ms", "most ms", "others' p99 ms, before/after",
              "not 200");
}

void print(const char* name, const figures& of) {
  std::printf("%-34s %8.1f %8.1f %8.1f   %11.1f / %-13.1f %7zu\n", name, percentile(of.recovery, 0.5),
              percentile(of.recovery, 0.99), percentile(of.recovery, 1), percentile(of.before, 0.99),
              percentile(of.after, 0.99), of.refused);
  std::fflush(stdout);
}

std::set<int> shards_of(cluster_deployment& house, const std::string& node) {
  const auto id = house.id_of(node);
  std::set<int> shards;
  const auto told = house.admin_get("/admin/v1/shards");
  for (const auto& each : told.at("shards"))
    if (each.at("owner") == id)
      shards.insert(each.at("shard").get<int>());
  return shards;
}

/// What happened on the shards that were hit, and on the others.
void add(figures& to, const std::vector<sample>& samples, const std::set<int>& hit, clock_type::time_point at) {
  std::map<int, clock_type::time_point> first_good;
  for (const auto& one : samples) {
    to.refused += one.status != 200;
    if (!hit.contains(one.shard) && one.ended < at)
      to.before.push_back(took_ms(one));
    if (!hit.contains(one.shard) && one.begun >= at && one.begun < at + 2s)
      to.after.push_back(took_ms(one));
    if (hit.contains(one.shard) && one.begun >= at && one.status == 200) {
      auto& first = first_good.try_emplace(one.shard, one.ended).first->second;
      first = std::min(first, one.ended);
    }
  }
  for (const auto& [shard, when] : first_good)
    to.recovery.push_back(milliseconds{when - at}.count());
}

class cluster_figures {
public:
  explicit cluster_figures(arguments with) : with_(with), people_(house_.port_of_front(0)) {}

  void run() {
    balanced();
    print_title();
    kills();
    freezes();
    moves();
  }

private:
  void balanced() {
    if (!house_.wait_balanced())
      throw std::runtime_error{"the shards do not get even"};
  }
  void settle() {
    balanced();
    people_.take();
    house_.wait_until([&] { return people_seen_enough(); }, 10s);
  }
  bool people_seen_enough() {
    const auto seen = people_.take();
    kept_.insert(kept_.end(), seen.begin(), seen.end());
    return std::ssize(kept_) >= 20 * cluster_deployment::shards;
  }
  std::vector<sample> all_seen() {
    const auto seen = people_.take();
    kept_.insert(kept_.end(), seen.begin(), seen.end());
    return std::exchange(kept_, {});
  }

  void kills() {
    figures of;
    for (int nth = 0; nth < with_.kills; ++nth) {
      settle();
      const auto victim = house_.living().front();
      const auto hit = shards_of(house_, victim);
      const auto at = clock_type::now();
      house_.kill(victim);
      balanced();
      house_.wait_until([&] { return clock_type::now() > at + 2s; }, 10s);
      add(of, all_seen(), hit, at);
      house_.add_node();
    }
    print(("kill -9, " + std::to_string(with_.kills) + " times").c_str(), of);
  }

  void freezes() {
    figures of;
    for (int nth = 0; nth < with_.freezes; ++nth) {
      settle();
      const auto victim = house_.living().front();
      const auto hit = shards_of(house_, victim);
      const auto at = clock_type::now();
      house_.freeze(victim);
      balanced();
      house_.wait_until([&] { return clock_type::now() > at + 2s; }, 10s);
      add(of, all_seen(), hit, at);
      house_.kill(victim);
      house_.add_node();
    }
    print(("freeze, " + std::to_string(with_.freezes) + " times").c_str(), of);
  }

  /// Everybody's longest wait while a node is emptied and while a new one fills.
  void moves() {
    for (int nth = 0; nth < with_.moves; ++nth) {
      figures joining, leaving;
      settle();
      auto at = clock_type::now();
      house_.add_node();
      balanced();
      const milliseconds join_took = clock_type::now() - at;
      waits(joining, all_seen(), at);
      const auto victim = house_.living().front();
      at = clock_type::now();
      house_.drain(victim);
      if (!house_.wait_balanced({victim}))
        throw std::runtime_error{"the node was not emptied"};
      const milliseconds drain_took = clock_type::now() - at;
      waits(leaving, all_seen(), at);
      house_.terminate(victim);
      print(("join, even after " + std::to_string(static_cast<int>(join_took.count())) + " ms").c_str(), joining);
      print(("drain, empty after " + std::to_string(static_cast<int>(drain_took.count())) + " ms").c_str(), leaving);
    }
  }
  static void waits(figures& to, const std::vector<sample>& samples, clock_type::time_point from) {
    for (const auto& one : samples) {
      to.refused += one.status != 200;
      if (one.ended >= from)
        to.recovery.push_back(took_ms(one)); // how long an answer took
      else
        to.before.push_back(took_ms(one));
    }
  }

  arguments with_;
  cluster_deployment house_{{.nodes = 3, .fronts = 1}};
  askers people_;
  std::vector<sample> kept_;
};

// ---- a large hall and a full waiting room on the move

constexpr int connections = 64;

/// So many at once, `each(number)` until there is no more.
void for_each_of(std::uint16_t port, int count, const std::function<test::http_request(int)>& each, unsigned status) {
  test::http_client client{port};
  int next = 0;
  std::vector<test::asio::awaitable<void>> all;
  const auto some = [&]() -> test::asio::awaitable<void> {
    while (next < count) {
      auto request = each(next++);
      const auto answer = co_await client.send(std::move(request));
      if (answer.status != status)
        throw std::runtime_error{answer.text()};
    }
  };
  for (int nth = 0; nth < connections; ++nth)
    all.push_back(some());
  client.run(std::move(all));
}

/// How long each of a few who look at the hall and at their place had to wait, while the owner of either is emptied.
void big_moves(const arguments& with) {
  cluster_deployment house{{.nodes = 3, .fronts = 1}};
  const auto front = house.port_of_front(0);
  const auto concert = house.open_concert({{"ratePerSecond", 1}, {"burst", 1}, {"maxActive", 1}, {"paused", true},
                                           {"capacity", with.waiting}, {"abandonSeconds", 0}});
  const auto option = house.open_option(
      concert, {{"title", "An evening"}, {"startsAt", "2031-12-24T11:00:00.000Z"}, {"durationMinutes", 120},
                {"price", 1'000}, {"seatCount", 10'000}});
  for_each_of(front, with.waiting, [&](int nth) { return person{nth + 1}.join(concert); }, 201);
  person first{1};
  first.queue_token = test::http_client{front}.ask(first.join(concert)).document().at("queueToken");
  const auto seats = cluster::shard_of({domain::entity_kind::seat_map, option}, cluster_deployment::shards);
  const auto room = cluster::shard_of({domain::entity_kind::queue, concert}, cluster_deployment::shards);
  figures of;
  for (int nth = 0; nth < with.big_moves; ++nth) {
    if (!house.wait_balanced())
      throw std::runtime_error{"the shards do not get even"};
    std::string owner;
    for (const auto& each : house.living())
      if (shards_of(house, each).contains(nth % 2 == 0 ? seats : room))
        owner = each;
    std::atomic<bool> stopping{false};
    std::vector<double> waited;
    std::thread lookers{[&] {
      test::http_client client{front};
      const auto look = [&](test::http_request request) -> test::asio::awaitable<void> {
        while (!stopping) {
          const auto begun = clock_type::now();
          const auto answer = co_await client.send(request);
          waited.push_back(milliseconds{clock_type::now() - begun}.count());
          of.refused += answer.status != 200;
          co_await client.pause(5ms);
        }
      };
      std::vector<test::asio::awaitable<void>> all;
      for (int looker = 0; looker < 4; ++looker) {
        all.push_back(look(first.get("/api/v1/options/" + std::to_string(option) + "/seats?status=SOLD")));
        all.push_back(look(first.poll()));
      }
      client.run(std::move(all));
    }};
    house.drain(owner);
    const auto emptied = house.wait_balanced({owner}).has_value();
    stopping = true;
    lookers.join();
    if (!emptied)
      throw std::runtime_error{"the node was not emptied"};
    of.recovery.push_back(percentile(waited, 1));
    of.after.insert(of.after.end(), waited.begin(), waited.end());
    house.terminate(owner);
    house.add_node();
  }
  print((std::to_string(with.waiting) + " waiting, 10,000 seats: longest").c_str(), of);
}

// ---- what forwarding costs

/// Processor time of all nodes and fronts that this program has started.
double processor_seconds() {
  double sum = 0;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path() / "exe", gone).filename() != "frontrow" || gone)
      continue;
    std::ifstream file{entry.path() / "stat"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::istringstream fields{text.substr(std::min(text.rfind(')'), text.size()))};
    std::string word;
    long parent = 0, user = 0, system = 0;
    fields >> word >> word >> parent;
    for (int field = 5; field < 14; ++field)
      fields >> word;
    fields >> user >> system;
    if (parent == ::getpid())
      sum += static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  return sum;
}

struct cost {
  double requests_per_second = 0;
  double micros = 0; ///< processor time of all nodes and fronts, a request
};

cost loop(std::uint16_t port, std::chrono::milliseconds time, const std::function<test::http_request(int)>& each) {
  test::http_client client{port};
  std::size_t answers = 0;
  const auto until = clock_type::now() + time;
  const auto visit = [&](int nth) -> test::asio::awaitable<void> {
    while (clock_type::now() < until) {
      const auto answer = co_await client.send(each(nth));
      if (answer.status >= 300)
        throw std::runtime_error{answer.text()};
      ++answers;
    }
  };
  std::vector<test::asio::awaitable<void>> all;
  for (int nth = 0; nth < connections; ++nth)
    all.push_back(visit(nth));
  const auto before = processor_seconds();
  client.run(std::move(all));
  return {static_cast<double>(answers) / std::chrono::duration<double>{time}.count(),
          (processor_seconds() - before) / static_cast<double>(answers) * 1e6};
}

/// The same requests, to a node that is all in one and through a front.
void forwarding(const arguments& with) {
  const auto read = [](int nth) { return person{nth + 1}.balance(); };
  const auto write = [](int nth) { return person{nth + 1}.charge(1); };
  std::map<std::string, cost> direct, forwarded;
  {
    test::deployment house{test::node_settings{}};
    direct["balance"] = loop(house.http().port(), with.loop, read);
    direct["charge"] = loop(house.http().port(), with.loop, write);
  }
  {
    cluster_deployment house{{.nodes = 1, .fronts = 1}};
    forwarded["balance"] = loop(house.port_of_front(0), with.loop, read);
    forwarded["charge"] = loop(house.port_of_front(0), with.loop, write);
  }
  for (const auto& [name, alone] : direct)
    std::printf("%-8s at %d under way: %6.0f/s at %5.1f us on one node, %6.0f/s at %5.1f us through a front: %.2f x\n",
                name.c_str(), connections, alone.requests_per_second, alone.micros, forwarded[name].requests_per_second,
                forwarded[name].micros, forwarded[name].micros / alone.micros);
}

bool take(std::string_view word, std::string_view name, int& value) {
  if (!word.starts_with(name))
    return false;
  word.remove_prefix(name.size());
  return std::from_chars(word.data(), word.data() + word.size(), value).ec == std::errc{};
}

} // namespace

/// --kills=N --freezes=N --moves=N --big-moves=N --waiting=N --quick --only=front
int main(int argc, char** argv) {
  arguments with;
  for (int nth = 1; nth < argc; ++nth) {
    const std::string_view word{argv[nth]};
    if (word == "--quick") {
      with = {.kills = 5, .freezes = 1, .moves = 1, .big_moves = 2, .waiting = 10'000, .loop = 2'000ms};
    } else if (word == "--only=front") {
      with.front_only = true;
    } else if (!take(word, "--kills=", with.kills) && !take(word, "--freezes=", with.freezes) &&
               !take(word, "--moves=", with.moves) && !take(word, "--big-moves=", with.big_moves) &&
               !take(word, "--waiting=", with.waiting)) {
      std::fprintf(stderr, "unknown: %s (--kills=N --freezes=N --moves=N --big-moves=N --waiting=N --quick --only=front)\n",
                   argv[nth]);
      return 1;
    }
  }
  try {
    forwarding(with);
    if (with.front_only)
      return 0;
    cluster_figures{with}.run();
    big_moves(with);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
