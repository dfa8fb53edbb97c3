/// The composition root: reads the configuration, wires the parts together, starts and stops them in order.

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>
#include <variant>
#include <vector>

#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <caf/actor_system.hpp>
#include <spdlog/spdlog.h>

#include "actors/catalog.hpp"
#include "actors/demo_concert.hpp"
#include "actors/messages.hpp"
#include "actors/node.hpp"
#include "config/logging.hpp"
#include "config/options.hpp"
#include "config/secrets.hpp"
#include "http/access_token.hpp"
#include "http/admin_server.hpp"
#include "http/admin_routes.hpp"
#include "http/front.hpp"
#include "http/front_door.hpp"
#include "http/routes.hpp"
#include "http/server.hpp"
#include "persistence/database_clock.hpp"
#include "persistence/journal_audit.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/journal_writer.hpp"
#include "persistence/lease.hpp"
#include "persistence/migrate.hpp"
#include "persistence/shard_table.hpp"

using namespace frontrow;

namespace {

/// The one node that hosts every shard.
constexpr auto node_name = "node-1";

/// One clear line, and the exit code that goes with it.
int fail(const std::string& what) {
  std::cerr << "frontrow: " << what << std::endl;
  return 1;
}

std::chrono::milliseconds ms(std::int64_t count) { return std::chrono::milliseconds{count}; }

persistence::journal_databases databases_of(const config::settings& settings) {
  if (settings.journal.databases.empty())
    return {{settings.database.url}};
  return {settings.journal.databases};
}

persistence::session_settings session_of(const config::settings& settings) {
  persistence::session_settings session;
  session.connect_timeout = std::chrono::seconds{settings.journal.connect_timeout_seconds};
  session.statement_timeout = ms(settings.journal.statement_timeout_ms);
  return session;
}

std::optional<std::string> text_of(const std::string& path) {
  std::ifstream file{path};
  if (!file)
    return std::nullopt;
  return std::string{std::istreambuf_iterator<char>{file}, {}};
}

// ---- the small commands

http::access_tokens tokens_of(const config::settings& settings, const config::secrets& secrets) {
  http::access_token_options options;
  if (settings.login.algorithm == "RS256") {
    options.signed_with = http::access_token_options::algorithm::rs256;
    options.public_key = text_of(settings.login.public_key_file).value_or("");
  } else {
    options.secret = secrets.jwt_secret;
  }
  return http::access_tokens{std::move(options)};
}

int issue_token(const config::settings& settings, const config::token_command& command) {
  auto secrets = config::open_secrets(settings);
  if (const auto* wrong = std::get_if<config::mistake>(&secrets))
    return fail(wrong->what);
  const auto now = persistence::database_clock{}.now(); // unmeasured: this machine's clock
  const auto life = std::chrono::seconds{command.ttl_seconds.value_or(settings.login.token_seconds)};
  const auto token = tokens_of(settings, std::get<config::secrets>(secrets)).issue(command.user, now, now + life);
  if (!token)
    return fail("login.algorithm is RS256: whoever holds the private key issues the tokens");
  std::cout << *token << std::endl;
  return 0;
}

int migrate(const config::settings& settings) {
  if (settings.database.url.empty())
    return fail("no database: set database.url or FRONTROW_DATABASE_URL");
  for (const auto& dsn : databases_of(settings).dsns) {
    const auto report = persistence::migrate(dsn);
    if (!report)
      return fail(report.error().detail);
    for (const auto number : report->landed)
      std::cout << "migrated to version " << number << std::endl;
  }
  return 0;
}

std::string text_of(persistence::wide_number value) {
  std::string digits;
  const bool negative = value < 0;
  do {
    const auto digit = static_cast<int>(value % 10);
    digits.insert(digits.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
    value /= 10;
  } while (value != 0);
  return negative ? "-" + digits : digits;
}

int audit(const config::settings& settings, const config::audit_command& command) {
  if (settings.database.url.empty())
    return fail("no database: set database.url or FRONTROW_DATABASE_URL");
  const auto report = persistence::audit_journals(databases_of(settings), session_of(settings));
  if (!report)
    return fail("the database cannot be read");
  if (command.output == config::audit_command::format::json) {
    std::cout << report->json() << std::endl;
  } else {
    for (const auto& check : report->checks) {
      std::cout << (check.ok() ? "ok    " : "WRONG ") << check.name;
      for (const auto& figure : check.figures)
        std::cout << "  " << figure.name << "=" << text_of(figure.value);
      if (check.first)
        std::cout << "\n      first of " << check.violations << ": " << check.first->what;
      std::cout << "\n";
    }
    std::cout << (report->clean() ? "clean: " : "NOT CLEAN: ") << report->events << " events of " << report->entities
              << " actors" << std::endl;
  }
  return report->clean() ? 0 : 2;
}

// ---- the node

persistence::journal_writer_config writer_config(const config::settings& settings, const std::string& incarnation,
                                                 http::metrics& metrics) {
  persistence::journal_writer_config config;
  config.databases = databases_of(settings);
  config.incarnation = incarnation;
  config.connections = static_cast<std::size_t>(settings.journal.connections);
  config.max_pending = static_cast<std::size_t>(settings.journal.max_pending);
  config.max_batch = static_cast<std::size_t>(settings.journal.max_batch);
  config.max_batch_bytes = static_cast<std::size_t>(settings.journal.max_batch_bytes);
  config.stall_after = ms(settings.journal.stall_after_ms);
  config.statement_timeout = ms(settings.journal.statement_timeout_ms);
  config.connect_timeout = std::chrono::seconds{settings.journal.connect_timeout_seconds};
  config.backoff_first = ms(settings.journal.backoff_first_ms);
  config.backoff_last = ms(settings.journal.backoff_last_ms);
  auto& rows = metrics.histogram("frontrow_journal_batch_rows", "Rows written by one statement.",
                                 {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000});
  auto& commit = metrics.histogram("frontrow_journal_commit_seconds", "Time of one statement with its commit.",
                                   {0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5});
  config.on_batch = [&rows, &commit](const persistence::batch_observation& batch) {
    rows.Observe(static_cast<double>(batch.rows));
    commit.Observe(std::chrono::duration<double>{batch.commit}.count());
  };
  return config;
}

persistence::journal_reader_config reader_config(const config::settings& settings) {
  persistence::journal_reader_config config;
  config.databases = databases_of(settings);
  config.readers = static_cast<std::size_t>(settings.journal.readers);
  config.max_reads = static_cast<std::size_t>(settings.journal.max_reads);
  config.session = session_of(settings);
  return config;
}

persistence::shard_table_config table_config(const config::settings& settings, const std::string& incarnation) {
  persistence::shard_table_config config;
  config.databases = databases_of(settings);
  config.cluster = settings.cluster.name;
  config.shard_count = static_cast<std::int32_t>(settings.cluster.shards);
  config.incarnation = incarnation;
  config.node_name = node_name;
  config.roles = "front,shards,admin";
  config.claim_lock_timeout = ms(settings.cluster.claim_lock_timeout_ms);
  config.session = session_of(settings);
  return config;
}

actors::actor_limits limits_of(const config::settings& settings) {
  actors::actor_limits limits;
  limits.passivate_after = std::chrono::seconds{settings.actors.passivate_after_seconds};
  limits.effect_retry = ms(settings.actors.effect_retry_ms);
  limits.snapshot_min_events = settings.actors.snapshot_min_events;
  limits.mailbox_max = settings.actors.mailbox_max;
  limits.asks_max = static_cast<std::size_t>(settings.actors.asks_max);
  limits.ask_timeout = ms(settings.http.ask_timeout_ms);
  return limits;
}

http::server_options public_options(const config::http_settings& settings) {
  http::server_options options;
  options.address = settings.address;
  options.port = static_cast<std::uint16_t>(settings.port);
  options.threads = static_cast<unsigned>(settings.threads);
  options.body_bytes_max = static_cast<std::size_t>(settings.body_bytes_max);
  options.header_bytes_max = static_cast<std::size_t>(settings.header_bytes_max);
  options.request_timeout = ms(settings.request_timeout_ms);
  options.idle_timeout = ms(settings.idle_timeout_ms);
  options.write_timeout = ms(settings.write_timeout_ms);
  options.stop_timeout = ms(settings.drain_timeout_ms);
  options.connections_max = static_cast<std::size_t>(settings.max_connections);
  return options;
}

http::rate_limit_options rate_limit_options_of(const config::rate_limit_settings& settings) {
  http::rate_limit_options options;
  options.limits = settings.enabled ? http::rate_limit_options::state::on : http::rate_limit_options::state::off;
  options.per_user = {static_cast<double>(settings.user_per_second), static_cast<double>(settings.user_burst)};
  options.per_address = {static_cast<double>(settings.address_per_second),
                         static_cast<double>(settings.address_burst)};
  options.entries_max = static_cast<std::size_t>(settings.table_max);
  return options;
}

/// SIGINT, SIGTERM, or SIGUSR1 from ourselves when the shards are lost. Blocked in every thread, so that the main
/// thread alone takes them, one by one.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const auto signal : {SIGINT, SIGTERM, SIGUSR1})
    sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

/// The actors that wait for something, by the journal.
std::optional<std::vector<persistence::entity_address>>
awake_in(persistence::journal_reader& reader, const std::vector<persistence::owned_shard>& owned) {
  std::vector<persistence::shard_number> shards;
  for (const auto& each : owned)
    shards.push_back(each.shard);
  std::promise<std::optional<std::vector<persistence::entity_address>>> told;
  auto coming = told.get_future();
  if (reader.submit([&](persistence::journal_view& view) {
        auto found = view.to_wake(shards);
        told.set_value(found ? std::optional{std::move(*found)} : std::nullopt);
      }))
    return std::nullopt;
  return coming.get();
}

/// What a process that serves consists of, in the order in which the parts need each other.
struct process {
  process(config::options& options, const config::secrets& with);

  const config::settings& settings;
  const config::secrets& secrets;
  config::logging logging;
  std::string incarnation = boost::uuids::to_string(boost::uuids::random_generator{}());
  persistence::database_clock clock;
  http::clock_source now = [this] { return clock.now(); };
  persistence::shard_table table;
  http::metrics metrics;
  persistence::journal_writer writer;
  persistence::journal_reader reader;
  caf::actor_system system;
  actors::node node;
  actors::catalog catalog;
  http::access_tokens tokens;
  http::rate_limits limits;
  http::seat_list_cache seat_lists;
  std::atomic<persistence::lease_state> lease_now{persistence::lease_state::held};
  http::front front;
  http::admin_front admin_front;
  http::public_router public_routes;
  http::admin_router admin_routes;
  std::unique_ptr<http::front_door> door;
  std::unique_ptr<http::server> server;
  std::unique_ptr<http::admin_server> admin;
};

http::front_limits front_limits_of(const config::settings& settings) {
  http::front_limits limits;
  limits.token_life = std::chrono::seconds{settings.login.token_seconds};
  limits.users = settings.http.open_registration ? http::registration::open : http::registration::closed;
  return limits;
}

process::process(config::options& options, const config::secrets& with)
    : settings(options.values()), secrets(with), logging(settings.log),
      table(table_config(settings, incarnation), clock), writer(writer_config(settings, incarnation, metrics)),
      reader(reader_config(settings)), system(options),
      node(system, writer, reader, clock, limits_of(settings), static_cast<std::int32_t>(settings.cluster.shards)),
      catalog(node, persistence::database_session{settings.database.url, session_of(settings)}),
      tokens(tokens_of(settings, secrets)), limits(rate_limit_options_of(settings.rate_limits)), seat_lists(node),
      front{node, catalog, seat_lists, tokens, now, front_limits_of(settings), http::secure_random},
      admin_front{node,
                  catalog,
                  metrics,
                  now,
                  {},
                  [this] { return lease_now.load(); },
                  databases_of(settings),
                  session_of(settings)} {
  http::add_public_routes(public_routes, front);
  http::add_admin_routes(admin_routes, admin_front);
}

/// Takes both ports. Throws std::exception when one cannot be had.
void listen(process& it) {
  auto access = it.logging.logger("access");
  auto errors = it.logging.logger("http");
  it.door = std::make_unique<http::front_door>(
      http::front_door::parts{it.public_routes, it.tokens, it.limits, it.metrics, access, errors, it.now});
  it.server = std::make_unique<http::server>(public_options(it.settings.http), *it.door);
  http::admin_server_options options;
  options.address = it.settings.admin.address;
  options.port = static_cast<std::uint16_t>(it.settings.admin.port);
  options.token = it.secrets.admin_token;
  options.threads = static_cast<unsigned>(it.settings.admin.threads);
  it.admin = std::make_unique<http::admin_server>(
      options, http::admin_server::parts{it.admin_routes, it.metrics, access, errors, it.now});
}

/// Claims every shard, and takes it into service. An old owner may write until its shards are claimed, and
/// nothing after: only then is the journal read.
std::optional<std::string> take_shards(process& it) {
  const auto begun = it.clock.now();
  const auto owned = it.table.claim_all();
  if (!owned)
    return owned.error().detail;
  const auto awake = awake_in(it.reader, *owned);
  if (!awake)
    return "the journal cannot be read";
  std::vector<std::pair<cluster::shard_id, cluster::epoch_number>> shards;
  const auto now = it.clock.now();
  it.admin_front.self = {it.incarnation, node_name, "", {"front", "shards", "admin"}, begun, {}};
  for (const auto& each : *owned) {
    shards.emplace_back(each.shard, each.epoch);
    it.admin_front.self.shards.push_back({each.shard, each.epoch, now, now - begun});
  }
  it.node.start(shards, *awake);
  return std::nullopt;
}

/// The catalog, and the demo concert at the first start.
std::optional<std::string> fill_catalog(process& it) {
  if (!it.catalog.load(ms(it.settings.journal.statement_timeout_ms)))
    return "the catalog cannot be loaded";
  if (it.settings.demo && !actors::create_demo_concert(it.catalog, it.clock.now()))
    return "the demo concert cannot be created";
  return std::nullopt;
}

/// Until a signal comes, or the shards are lost.
void sell(process& it, const sigset_t& signals) {
  it.server->start();
  it.admin->start();
  spdlog::info("serving as incarnation {}", it.incarnation);
  std::cout << "ready http://" << it.settings.http.address << ":" << it.server->port() << " admin http://"
            << it.settings.admin.address << ":" << it.admin->port() << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  spdlog::info("stopping");
}

/// In order: the door first, then what is behind it; what was accepted is written before the writer ends.
void stop(process& it) {
  it.server->stop();
  it.admin->stop();
  it.node.stop();
  it.writer.stop(ms(it.settings.http.drain_timeout_ms));
  it.reader.stop();
}

persistence::lease renewing(process& it) {
  const auto every = ms(it.settings.cluster.renew_ms);
  return {it.table, {every, every / 5}, [&it](persistence::lease_state state, const std::string& detail) {
            it.lease_now = state;
            if (state == persistence::lease_state::held)
              spdlog::info("the lease is renewed again");
            else if (state == persistence::lease_state::away)
              spdlog::warn("the lease could not be renewed: {}", detail);
            else
              spdlog::critical("the shards belong to another node now, leaving: {}", detail);
            if (state == persistence::lease_state::lost)
              kill(getpid(), SIGUSR1);
          }};
}

int serve(config::options& options) {
  const auto& settings = options.values();
  const auto signals = block_signals();
  if (settings.database.url.empty())
    return fail("no database: set database.url or FRONTROW_DATABASE_URL (scripts/run starts one)");
  auto secrets = config::open_secrets(settings);
  if (const auto* wrong = std::get_if<config::mistake>(&secrets))
    return fail(wrong->what);
  // Until the ports and the database are ours nothing is logged: a start that fails says one line.
  process it{options, std::get<config::secrets>(secrets)};
  listen(it);
  if (const auto joined = it.table.join(); !joined)
    return fail(joined.error().detail);
  spdlog::set_default_logger(it.logging.logger("frontrow"));
  auto wrong = take_shards(it);
  {
    const auto lease = renewing(it);
    if (!wrong)
      wrong = fill_catalog(it);
    if (!wrong)
      sell(it, signals);
    stop(it);
  }
  if (it.lease_now == persistence::lease_state::lost)
    wrong = "the shards belong to another node now";
  else
    it.table.leave();
  return wrong ? fail(*wrong) : 0;
}

int run(config::options& options, int argc, char** argv) {
  auto asked = options.read(argc, argv);
  if (const auto* wrong = std::get_if<config::mistake>(&asked))
    return fail(wrong->what);
  const auto& command = std::get<config::command>(asked);
  if (const auto* text = std::get_if<config::print_command>(&command)) {
    std::cout << text->text;
    return 0;
  }
  if (const auto* token = std::get_if<config::token_command>(&command))
    return issue_token(options.values(), *token);
  if (std::holds_alternative<config::migrate_command>(command))
    return migrate(options.values());
  if (const auto* check = std::get_if<config::audit_command>(&command))
    return audit(options.values(), *check);
  return serve(options);
}

} // namespace

int main(int argc, char** argv) {
  try {
    // Until there is a log of our own, what goes wrong is told by the one line of `fail`.
    spdlog::default_logger()->set_level(spdlog::level::off);
    config::options options;
    actors::register_messages(options);
    return run(options, argc, argv);
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}
