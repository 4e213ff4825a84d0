import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.nio.file.Paths;
import org.ofdrw.converter.ImageMaker;
import org.ofdrw.core.signatures.SigType;
import org.ofdrw.reader.OFDReader;
import org.ofdrw.sign.verify.OFDValidator;
import org.ofdrw.sign.verify.container.GBT35275ValidateContainer;
import org.ofdrw.sign.verify.container.SESV4ValidateContainer;

/** How fast ofdrw verifies, or draws a first page: a line "FILE SECONDS ACT" in, acts per second of its thread's processor time out. */
public class Timing {
    public static void main(String[] none) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split("\t");
            Path file = Paths.get(words[0]);
            long least = (long) (Double.parseDouble(words[1]) * 1e9);
            long begun = clock.getCurrentThreadCpuTime();
            long spent = 0;
            int done = 0;
            for (; spent < least; spent = clock.getCurrentThreadCpuTime() - begun, done++) {
                if (words[2].equals("draw")) {
                    draw(file);
                } else {
                    verify(file);
                }
            }
            System.out.println(done * 1e9 / spent);
            System.out.flush();
        }
    }

    private static void draw(Path file) throws Exception {
        try (OFDReader reader = new OFDReader(file)) {
            new ImageMaker(reader, 8).makePage(0);
        }
    }

    private static void verify(Path file) throws Exception {
        try (OFDReader reader = new OFDReader(file); OFDValidator validator = new OFDValidator(reader)) {
            validator.setValidator((type, method, octets, value) -> {
                if (type == SigType.Sign) {
                    new GBT35275ValidateContainer().validate(type, method, octets, value);
                } else {
                    new SESV4ValidateContainer().validate(type, method, octets, value);
                }
            });
            validator.exeValidate();
        }
    }
}
