// The JDK's own client with its defaults: over a connection in clear it asks for h2c with every request.
// Prints how many POSTs were answered and how many were lost.

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

public class Upgrade {
    public static void main(String[] arguments) throws Exception {
        var posts = Integer.parseInt(arguments[1]);
        var request = HttpRequest.newBuilder(URI.create(arguments[0]))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"code\":\"123456\"}"))
                .build();
        var client = HttpClient.newHttpClient();
        var together = new Semaphore(8);
        var done = new CountDownLatch(posts);
        var answered = new AtomicInteger();
        for (var post = 0; post < posts; post++) {
            together.acquire();
            client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).whenComplete((answer, lost) -> {
                if (lost == null && answer.statusCode() == 404) answered.incrementAndGet();
                together.release();
                done.countDown();
            });
        }
        done.await();
        System.out.println(answered.get() + " answered, " + (posts - answered.get()) + " lost");
        System.exit(0);
    }
}
