#include "custody/net/transport.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

namespace quorate::net {
namespace {

constexpr size_t kMaxLineBytes = 300;
constexpr int kLinesPerMinute = 20;

// gRPC's log hook is a plain function, so what it writes to is the one global of this folder.
class LogRoute {
 public:
  void Set(TransportLog log) {
    absl::MutexLock lock(&mutex_);
    log_ = std::move(log);
  }

  void Write(std::string_view line) {
    TransportLog log;
    int dropped = 0;
    {
      absl::MutexLock lock(&mutex_);
      const absl::Time now = absl::Now();
      if (now - window_start_ >= absl::Minutes(1) || now < window_start_) {
        window_start_ = now;
        dropped = std::exchange(lines_, 0) - kLinesPerMinute;
      }
      if (++lines_ > kLinesPerMinute) return;
      log = log_;
    }
    if (!log) return;
    if (dropped > 0) {
      log("transport: " + std::to_string(dropped) + " more messages in the last minutes");
    }
    log("transport: " + Clean(line));
  }

 private:
  // gRPC repeats what peers send in its messages.
  static std::string Clean(std::string_view line) {
    std::string clean(line.substr(0, kMaxLineBytes));
    for (char& c : clean) {
      if (c < 0x20 || c > 0x7e) c = '?';
    }
    return clean;
  }

  absl::Mutex mutex_;
  TransportLog log_ ABSL_GUARDED_BY(mutex_);
  absl::Time window_start_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  int lines_ ABSL_GUARDED_BY(mutex_) = 0;
};

LogRoute& Route() {
  static LogRoute* route = new LogRoute;
  return *route;
}

// Protobuf complains here of what peers send it.
void ProtobufToRoute(google::protobuf::LogLevel level, const char*, int,
                     const std::string& message) {
  if (level >= google::protobuf::LOGLEVEL_ERROR) Route().Write(message);
}

void WriteToRoute(gpr_log_func_args* args) {
  if (args->severity >= GPR_LOG_SEVERITY_ERROR) Route().Write(args->message);
}

}  // namespace

void PrepareTransport(TransportLog log) {
  // Read once, when gRPC makes its first TLS context; TLS 1.3 has its own suites and ignores it.
  setenv("GRPC_SSL_CIPHER_SUITES", "ECDHE-RSA-AES256-GCM-SHA384", 1);
  Route().Set(std::move(log));
  gpr_set_log_function(&WriteToRoute);
  google::protobuf::SetLogHandler(&ProtobufToRoute);
}

void KeepTransportUp() {
  static const bool kept = [] {
    grpc_init();
    return true;
  }();
  (void)kept;
}

}  // namespace quorate::net
